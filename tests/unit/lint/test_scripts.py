"""Rules about the programs of checks: missing, not executable, insecure, of an unknown user."""

from datetime import date

import pytest

from harness.lint import ALL, judge
from harness.lint._bounds import bounds
from harness.model.keepalived import parse_blocks
from harness.site.examined import Program
from tests.unit.lint.krules import TRACK, file, findings, instance, line_of, node, pair_of, places

PATH = "/usr/local/sbin/check.sh"


def text(command: str = PATH, extra: str = "") -> str:
    return f'vrrp_script chk {{\n  interval 2\n  script "{command}"\n}}\n' + instance(TRACK, extra)


GOOD = node("b", text("/usr/bin/pidof haproxy"))
MISSING = "Disabling track script chk since not found/accessible"
INSECURE = "Disabling track script chk due to insecure"


def test_a_program_that_was_not_handed_over() -> None:
    one = node("a", text(), test=MISSING, status=5, programs={PATH: None}, disabled=["chk"])
    (found,) = findings("script-not-supplied", pair_of(one, GOOD))
    assert (found.file, found.line) == ("a/keepalived.conf", line_of(text(), "script ") + 2)
    assert f"{PATH} is not among the files of a: what the check chk does" in found.sentence
    assert ALL["script-not-supplied"].undecided
    assert findings("no-check", pair_of(one, GOOD)) == []
    assert findings("line-dropped", pair_of(one, GOOD)) == []


@pytest.mark.parametrize(
    "program, weight, severity",
    [("/usr/sbin/pidof", 0, "note"), ("/usr/sbin/pidof", -20, "error"), ("/opt/sbin/pidof", 0, "error")],
)
def test_a_program_that_another_distribution_has_elsewhere(program: str, weight: int, severity: str) -> None:
    body = text(f"{program} haproxy")
    body = body.replace("interval", f"weight {weight}\n  interval", 1) if weight else body
    one = node("a", body, test=MISSING, status=5, disabled=["chk"])
    (found,) = findings("script-not-supplied", pair_of(one, GOOD))
    assert found.severity == severity
    verdict = judge(pair_of(one, GOOD), [ALL["script-not-supplied"]], date(2026, 11, 30)).verdict
    assert verdict == ("NO ERROR FOUND" if severity == "note" else "INCONCLUSIVE")


def test_that_another_node_has_the_program_is_said() -> None:
    one = node("a", text(), test=MISSING, status=5, disabled=["chk"])
    (found,) = findings("script-not-supplied", pair_of(one, node("b", text(), files=[file(PATH)])))
    assert "(it is among those of b)" in found.sentence


@pytest.mark.parametrize("mode, count", [(0o644, 1), (0o755, 0), (0o700, 0)])
def test_the_mode_of_a_script_of_the_site(mode: int, count: int) -> None:
    one = node("a", text(), files=[file(PATH, mode=mode)])
    found = findings("script-not-executable", pair_of(one, GOOD))
    assert [(each.severity, each.line) for each in found] == [("error", 3)] * count


def test_a_start_tells_of_a_user_that_may_not_execute_it() -> None:
    said = f"WARNING - script '{PATH}' is not executable for uid:gid 999:988 - disabling."
    one = node("a", text(), files=[file(PATH, mode=0o700)], start=said)
    (found,) = findings("script-not-executable", pair_of(one, GOOD))
    assert "by uid:gid 999:988 (its mode is 0700)" in found.sentence
    assert findings("line-dropped", pair_of(one, GOOD)) == []


def test_a_notify_script_that_cannot_run_is_a_warning() -> None:
    one = node("a", text("/usr/bin/pidof haproxy", f"  notify_master {PATH}"), files=[file(PATH, mode=0o644)])
    assert [each.severity for each in findings("script-not-executable", pair_of(one, GOOD))] == ["warning"]


@pytest.mark.parametrize(
    "program, said, instead",
    [
        (Program(0o755, 0, 0, "/usr/bin/pidof", "/bin"), "/bin in /bin/pidof is a link", 'script "/usr/bin/pidof …"'),
        (Program(0o775, 0, 50, "/bin/pidof"), "mode 0775 and owner 0", "chown root /bin/pidof; chmod 755 /bin/pidof"),
        (Program(0o755, 0, 0, "/bin/pidof"), "a directory above", "root as owner"),
        (None, "can be changed by others", "root as owner"),
    ],
)
def test_why_a_script_is_insecure(program: Program | None, said: str, instead: str) -> None:
    command = "/bin/pidof haproxy"
    one = node(
        "a",
        text(command),
        test=INSECURE,
        status=5,
        programs={"/bin/pidof": program} if program else {},
        disabled=["chk"],
    )
    (found,) = findings("script-disabled-insecure", pair_of(one, GOOD))
    assert (found.file, found.line) == ("a/keepalived.conf", 3)
    assert said in found.sentence
    assert instead in found.instead
    assert findings("line-dropped", pair_of(one, GOOD)) == []


@pytest.mark.parametrize(
    "rule, why",
    [("script-not-supplied", "since not found/accessible"), ("script-disabled-insecure", "due to insecure")],
)
def test_a_notify_script_is_a_warning_at_its_line(rule: str, why: str) -> None:
    body = text("/usr/bin/pidof haproxy", f'  notify_master "{PATH} web"')
    one = node("a", body, test=f"Disabling notify script {PATH} {why}", status=5)
    (found,) = findings(rule, pair_of(one, GOOD))
    assert (found.severity, found.line) == ("warning", line_of(body, "notify_master"))
    assert "notify_master of web" in found.sentence
    assert findings("line-dropped", pair_of(one, GOOD)) == []


def test_a_link_elsewhere_is_resolved() -> None:
    command = "/opt/site/check"
    linked = Program(0o755, 0, 0, "/srv/site/check", "/opt/site")
    one = node("a", text(command), test=INSECURE, status=5, programs={command: linked}, disabled=["chk"])
    (found,) = findings("script-disabled-insecure", pair_of(one, GOOD))
    assert found.instead == 'script "/srv/site/check …"'


GONE = "Unable to set default user for vrrp script chk - removing\n(web) track script chk not found, ignoring..."


def test_a_user_that_the_node_does_not_have() -> None:
    body = "global_defs {\n  script_user lbcheck\n}\n" + text()
    one = node("a", body, test=f"Script user 'lbcheck' does not exist\n{GONE}", status=5, disabled=["chk"])
    assert places("script-user-not-supplied", pair_of(one, GOOD)) == ["a/keepalived.conf:2"]
    assert ALL["script-user-not-supplied"].undecided
    for rule in ("line-dropped", "script-not-defined", "no-check"):
        assert findings(rule, pair_of(one, GOOD)) == []


@pytest.mark.parametrize("check, count", [("/usr/bin/pidof haproxy", 0), ("/usr/bin/pidof haproxy M”", 1)])
def test_the_last_word_of_a_notify_line_is_no_user_of_a_check(check: str, count: int) -> None:
    """Typographic quotation marks: keepalived takes the argument for a user, and ignores the line alone."""
    body = text(check, "  notify_master “/etc/keepalived/n.sh M”")
    said = "Script user 'M”' does not exist\nInvalid user/group for notify script “/etc/keepalived/n.sh - ignoring"
    pair = pair_of(node("a", body, test=said, status=5), GOOD)
    assert len(findings("script-user-not-supplied", pair)) == count
    assert [each.severity for each in findings("line-dropped", pair)] == ["warning"]


def test_a_program_of_another_distribution_s_folder_needs_no_folder() -> None:
    body = text("/usr/sbin/pidof haproxy")
    (found,) = findings("script-not-supplied", pair_of(node("a", body, test=MISSING, status=5, disabled=["chk"]), GOOD))
    assert found.instead.startswith("pidof without its folder")


def test_under_script_security_the_default_user_must_exist() -> None:
    more = "Unable to set default user keepalived_script for script"
    said = f"Script user 'keepalived_script' does not exist\n{more}\n{GONE}"
    one = node("a", text("/usr/bin/pidof haproxy"), test=said, status=5, disabled=["chk"])
    (found,) = findings("script-user-not-supplied", pair_of(one, GOOD))
    assert (found.file, found.line) == ("a/keepalived.conf", 1)
    assert "chk runs as keepalived_script" in found.sentence
    assert found.instead.startswith("script_user keepalived_script in global_defs, if the site's nodes have that user")
    assert findings("line-dropped", pair_of(one, GOOD)) == []
    assert findings("script-not-defined", pair_of(one, GOOD)) == []


@pytest.mark.parametrize("said", [MISSING, GONE])
def test_the_weight_of_a_check_that_was_not_handed_over_is_judged(said: str) -> None:
    body = text().replace("  interval 2\n", "  interval 2\n  weight 2\n")
    one = node("a", body.replace("priority 100", "priority 150"), test=said, status=5, disabled=["chk"])
    two = node("b", body, test=said, status=5, disabled=["chk"])
    (found,) = findings("check-cannot-move-vip", pair_of(one, two))
    assert (found.severity, found.line) == ("error", line_of(body, "weight"))
    assert "its priority is still 150, and b has 102" in found.sentence


@pytest.mark.parametrize("weight", ["", " much"])
def test_a_weight_that_is_no_number_breaks_no_rule(weight: str) -> None:
    body = text().replace("  interval 2\n", f"  interval 2\n  weight{weight}\n")
    one = node("a", text(), test=MISSING, status=5, disabled=["chk"])
    pair = pair_of(one._replace(document=parse_blocks(body, "a")), GOOD)
    assert {name: rule(pair) for name, rule in ALL.items()}["script-not-supplied"]


def test_the_timers_of_a_check_that_was_not_handed_over_count() -> None:
    body = text().replace("interval 2", "interval 5")
    one = node("a", body.replace("priority 100", "priority 150"), test=MISSING, status=5, disabled=["chk"])
    bound = bounds(pair_of(one, GOOD).routers[0])
    assert bound
    assert bound.haproxy_dead
    assert bound.haproxy_dead.formula.startswith("interval 5 s × fall 1 + skew")


def test_keepalived_looks_for_its_default_user_in_vain_and_uses_root() -> None:
    one = node("a", text("/usr/bin/pidof haproxy"), start="Script user 'keepalived_script' does not exist")
    assert findings("script-user-not-supplied", pair_of(one, GOOD)) == []
    assert findings("line-dropped", pair_of(one, GOOD)) == []


@pytest.mark.parametrize(
    "first, count", [("#!/bin/sh\r\n", 1), ("#! /bin/bash\r\n", 1), ("#!/bin/sh\n", 0), ("#!/usr/bin/perl -w\r\n", 0)]
)
def test_a_first_line_that_ends_in_a_carriage_return_names_no_program(first: str, count: int) -> None:
    one = node("a", text(), files=[file(PATH, f"{first}exit 1\r\n")])
    found = findings("script-not-executable", pair_of(one, GOOD))
    assert [(each.severity, each.line) for each in found] == [("error", 3)] * count


@pytest.mark.parametrize(
    "content, said",
    [
        ("exit 1\n", "names no program, so none runs it: keepalived takes the check chk as a success"),
        ("\n#!/bin/sh\nexit 1\n", "names no program"),
        ("\ufeff#!/bin/sh\nexit 1\n", "begins with a byte order mark, so no program runs it: keepalived takes"),
        ("#!/usr/bin/env bash\r\nexit 0\r\n", "env finds no such program: the check chk fails, whatever happens"),
        ("#!/usr/bin/env bash -e\r\nexit 0\r\n", "env finds no such program: the check chk fails, whatever happens"),
        ("#!/bin/sh -e\r\nexit 0\r\n", "which sh takes for an option: the check chk fails, whatever happens"),
        ("#!/usr/bin/python3 -u\r\n", "which python3 takes for an option: the check chk fails, whatever happens"),
        ("\x7fELF\x02", ""),
    ],
)
def test_a_first_line_with_which_the_kernel_runs_no_program(content: str, said: str) -> None:
    """Recorded with keepalived 2.3.3: "VRRP_Script(chk) succeeded" for the first three, status 127 for the fourth."""
    one = node("a", text(), files=[file(PATH, content)])
    found = findings("script-not-executable", pair_of(one, GOOD))
    assert [(each.severity, each.line, said in each.sentence) for each in found] == [("error", 3, True)] * bool(said)


SECOND = 'vrrp_script second {\n  script "/usr/bin/pidof haproxy"\n}\n'
BOTH = "  track_script {\n    chk\n    second\n  }\n"


def test_a_check_that_is_not_in_force_beside_another_of_haproxy_is_a_warning() -> None:
    tracking = SECOND + text().replace(TRACK, BOTH)
    insecure = node("a", tracking, test=INSECURE, status=5, disabled=["chk"])
    assert [each.severity for each in findings("script-disabled-insecure", pair_of(insecure, GOOD))] == ["warning"]
    ping = node("a", tracking.replace("pidof haproxy", "ping -c 1 192.0.2.254"), test=INSECURE, disabled=["chk"])
    assert [each.severity for each in findings("script-disabled-insecure", pair_of(ping, GOOD))] == ["error"]
    unknown = "(web) track script other not found, ignoring..."
    undefined = node("a", SECOND + instance(BOTH.replace("chk", "other")), test=unknown, status=5)
    assert [each.severity for each in findings("script-not-defined", pair_of(undefined, GOOD))] == ["warning"]
