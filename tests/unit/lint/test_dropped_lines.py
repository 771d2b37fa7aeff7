"""Rules about what keepalived says of its file, and about settings of single nodes."""

from datetime import date

import pytest
from msgspec.structs import replace

from harness import faults
from harness.lint import ALL, Rule, judge
from harness.model.running_keepalived import RunningKeepalived
from tests.unit.lint.krules import CHECK, TRACK, both, findings, instance, line_of, node, pair_of, places

GOOD = CHECK + instance(TRACK)
VERSION_3 = "global_defs {\n  vrrp_version 3\n}\n"
KEEPALIVED_RULES = [rule for rule in ALL.values() if rule.search.__module__.startswith("harness.lint.")]


def at(line: int, said: str) -> str:
    return f"(/etc/keepalived/keepalived.conf: Line {line}) {said}"


@pytest.mark.parametrize("rule", KEEPALIVED_RULES, ids=lambda rule: rule.name)
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert rule.outage.endswith(".")
    assert len(rule.about.split()) > 12
    first = rule.experiment.replace(":", " ").split()[0]
    assert first in ("none", *faults.__all__)


def test_what_keepalived_refuses_is_told_in_its_words() -> None:
    said = at(3, "Unknown interface eth9")
    pair = pair_of(node("a", GOOD, test=said, status=2), node("b", GOOD))
    (found,) = findings("keepalived-will-not-run", pair)
    assert (found.severity, found.file, found.line) == ("error", "a/keepalived.conf", 3)
    assert "Unknown interface eth9" in found.sentence


def test_a_node_without_an_instance_does_not_run() -> None:
    (found,) = findings("keepalived-will-not-run", both(GOOD, "global_defs {\n}\n"))
    assert (found.file, found.line) == ("b/keepalived.conf", 1)


@pytest.mark.parametrize("dump, known", [("", False), ("------< Interfaces >------\n", True)])
def test_a_dump_that_was_not_written_is_no_defect_of_the_pair(dump: str, *, known: bool) -> None:
    """On a busy machine: keepalived runs, and has not told its settings yet."""
    one, other = node("a", GOOD, dump=dump), node("b", GOOD)
    silent = one._replace(running=RunningKeepalived(), told=False)
    found = findings("keepalived-will-not-run", pair_of(silent, other))
    assert bool(found) is known
    verdict = judge(pair_of(silent, other), ALL.values(), date(2026, 11, 29)).verdict
    assert verdict == ("UNSAFE" if known else "INCONCLUSIVE")


def test_a_lost_line_is_a_warning() -> None:
    text = "global_defs {\n  vrrp_garp_interval 0\n}\n" + GOOD
    said = "\n".join([at(2, "number '0' outside range"), at(2, "vrrp_garp_interval '0' is invalid")])
    start = "\n".join([at(2, "WARNING - number '0' outside range"), "(web) removing VIPs."])
    pair = pair_of(node("a", text, test=said, status=5, start=start), node("b", GOOD))
    (found,) = findings("line-dropped", pair)
    assert (found.severity, found.line) == ("warning", 2)
    assert found.sentence == "keepalived: number '0' outside range; vrrp_garp_interval '0' is invalid"


@pytest.mark.parametrize("part", ["vrrp_instance lost", "192.0.2.11", "    other"])
def test_a_lost_instance_address_or_check_is_an_error(part: str) -> None:
    """keepalived runs with less than the text says: it lost the line that it tells of."""
    lost = "vrrp_instance lost {\n  interface eth0\n  virtual_router_id 9\n}\n"
    text = CHECK + instance("  track_script {\n    chk\n    other\n  }", vips="192.0.2.10 192.0.2.11") + lost
    line = line_of(text, part)
    written = node("a", text, test=at(line, "something, ignoring"), status=5)
    (kept, _) = written.running.instances
    runs = replace(written.running, instances=(replace(kept, vips=kept.vips[:1]),))
    pair = pair_of(written._replace(running=runs), node("b", GOOD))
    assert [(each.severity, each.line) for each in findings("line-dropped", pair)] == [("error", line)]


def test_a_keyword_with_a_slip_is_corrected() -> None:
    text = CHECK + instance(TRACK.replace("track_script", "track_scripts"))
    said = at(line_of(text, "track_scripts"), "Unknown keyword 'track_scripts'")
    pair = pair_of(node("a", text, test=said, status=5), node("b", GOOD))
    (found,) = findings("line-dropped", pair)
    assert (found.severity, found.instead) == ("error", "track_script")


def test_a_file_of_the_site_is_pointed_at() -> None:
    said = "(/etc/keepalived/conf.d/a.conf: Line 7) something, ignoring"
    pair = pair_of(node("a", GOOD, test=said, status=5), node("b", GOOD))
    assert places("line-dropped", pair) == ["/etc/keepalived/conf.d/a.conf:7"]


@pytest.mark.parametrize("line", ["  nopreempt", "  preempt_delay 30"])
def test_master_clears_what_would_keep_the_vip(line: str) -> None:
    text = instance("  state MASTER", line, priority=150)
    said = f"(web) Warning - {line.split(maxsplit=1)[0]} will not work with initial state MASTER - clearing"
    pair = pair_of(node("a", text, test=said, status=5), node("b", instance()))
    (found,) = findings("state-master-nopreempt", pair)
    assert (found.severity, found.line) == ("warning", line_of(text, line))
    assert findings("line-dropped", pair) == []
    assert findings("state-master-nopreempt", both(instance(line), instance(line))) == []


@pytest.mark.parametrize("globals_, interval, count", [("", "0.5", 1), ("", "2", 0), (VERSION_3, "0.5", 0)])
def test_version_2_counts_whole_seconds(globals_: str, interval: str, count: int) -> None:
    text = globals_ + instance(f"  advert_int {interval}")
    found = findings("vrrpv2-rounding", pair_of(node("a", text), node("b", instance())))
    assert [each.sentence for each in found] == ["advert_int 0.5 under VRRPv2 becomes 1 s on a."] * count


def test_strict_mode_drops_what_customers_send() -> None:
    text = "global_defs {\n  router_id a\n  vrrp_strict\n}\n" + instance()
    said = "(web) State MASTER must match being address owner"
    pair = pair_of(node("a", text, test=said, status=5), node("b", instance()))
    assert places("strict-drops-customers", pair) == ["a/keepalived.conf:3"]
    assert findings("line-dropped", pair) == []


def test_no_accept_does_the_same_and_an_owner_accepts() -> None:
    text = instance("  no_accept")
    assert places("strict-drops-customers", both(text, instance())) == [
        f"a/keepalived.conf:{line_of(text, 'no_accept')}"
    ]
    assert findings("strict-drops-customers", both(instance("  no_accept", priority=255), instance())) == []


def test_the_vrid_of_the_guides_is_a_note() -> None:
    (found,) = findings("vrid-51", both(instance(vrid=51), instance(vrid=51)))
    assert (found.severity, found.line) == ("note", line_of(instance(), "virtual_router_id"))
    assert findings("vrid-51", both(instance(vrid=52), instance(vrid=52))) == []


def test_what_would_end_june_13_is_proposed_once() -> None:
    refresh = "global_defs {\n  vrrp_garp_master_refresh 60\n}\n"
    (found,) = findings("nothing-ends-june-13", both(instance(priority=150), instance()))
    assert (found.severity, found.file) == ("note", "a/keepalived.conf")
    (found,) = findings("nothing-ends-june-13", both(refresh + instance(priority=150), instance()))
    assert found.file == "b/keepalived.conf"
    assert findings("nothing-ends-june-13", both(refresh + instance(), refresh + instance())) == []


def test_an_advert_to_the_lower_master_helps_sometimes() -> None:
    text = instance("  higher_prio_send_advert true", "  garp_master_delay 0")
    (found,) = findings("nothing-ends-june-13", both(text, text))
    assert "helps only if its one advert arrives" in found.sentence
    assert "0 s later" not in found.sentence


NO_VIP = "(web) No VIP specified; at least one is sensible"
EXCLUDED = "  virtual_ipaddress_excluded {\n    192.0.2.10\n  }"


@pytest.mark.parametrize(
    "line, severity",
    [("", "error"), ("  notify /usr/local/bin/move", "warning"), (EXCLUDED, "warning")],
)
def test_an_instance_without_an_address_runs(line: str, severity: str) -> None:
    """A program moves the address of a cloud, or all are excluded from the adverts; else nothing moves."""
    text = CHECK + instance(TRACK, line, vips="")
    one = node("a", text, test=NO_VIP, status=6, card="192.0.2.1/24")
    pair = pair_of(one, node("b", text, card="192.0.2.2/24"))
    assert findings("keepalived-will-not-run", pair) == []
    (found,) = findings("line-dropped", pair)
    assert (found.severity, found.line) == (severity, line_of(text, "vrrp_instance"))
    older = pair_of(one._replace(examined=node("a", text, test=NO_VIP.replace("sensible", "required")).examined))
    assert len(findings("keepalived-will-not-run", older)) == 1
