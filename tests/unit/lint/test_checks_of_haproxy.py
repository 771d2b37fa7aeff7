"""Rules about what is watched: nothing, something else, or a check that is not in force."""

import pytest
from msgspec.structs import replace

from harness.lint._commands import asks
from harness.lint._trackers import trackers
from harness.model.keepalived import Block
from harness.site.site import SiteFile
from tests.unit.lint.krules import CHECK, TRACK, both, file, findings, instance, line_of, node, pair_of, places

GOOD = CHECK + instance(TRACK)


def script(command: str, name: str = "chk", weight: str = "") -> str:
    return f'vrrp_script {name} {{\n  script "{command}"\n{weight}}}\n'


def test_an_instance_that_tracks_nothing() -> None:
    pair = both(instance(priority=150), GOOD)
    (found,) = findings("no-check", pair)
    assert (found.severity, found.file, found.line) == ("error", "a/keepalived.conf", 1)
    assert "tracks no script, process or file" in found.sentence


def test_a_card_is_no_check_of_haproxy() -> None:
    pair = both(instance("  track_interface {\n    eth1\n  }", priority=150), GOOD)
    assert places("no-check", pair) == ["a/keepalived.conf:1"]


WEIGHTED = script("/usr/bin/pgrep -x haproxy", weight="  weight -30\n") + instance(TRACK, priority=110)


@pytest.mark.parametrize(
    "first, severity",
    [
        (WEIGHTED, "warning"),
        (GOOD.replace("priority 100", "priority 110"), "warning"),
        (WEIGHTED.replace("weight -30", "weight -9"), "error"),  # it keeps the VIP
        (WEIGHTED.replace("priority 110", "priority 100"), "error"),  # neither is preferred
        (WEIGHTED.replace("state BACKUP", "state BACKUP\n  nopreempt"), "error"),
        (WEIGHTED.replace("pgrep -x haproxy", "ping -c 1 192.0.2.254"), "error"),
        (WEIGHTED.replace("pgrep -x haproxy", "nc -z 192.0.2.1 80 "), "warning"),
    ],
)
def test_a_last_node_without_a_check_has_the_vip_only_while_the_others_have_failed(first: str, severity: str) -> None:
    found = findings("no-check", both(first, instance()))[-1]
    assert (found.severity, found.file) == (severity, "b/keepalived.conf")
    assert ("only while the others have failed" in found.sentence) == (severity == "warning")


def test_a_last_node_of_three_is_none_if_another_has_no_check_either() -> None:
    pair = pair_of(node("a", WEIGHTED), node("b", instance(priority=105)), node("c", instance()))
    assert [each.severity for each in findings("no-check", pair)] == ["error", "error"]


def test_gateways_that_watch_their_cards_and_brought_no_haproxy_cfg() -> None:
    text = instance("  track_interface {\n    eth1\n  }")
    found = findings("no-check", both(text, text))
    assert [each.severity for each in found] == ["warning", "warning"]
    assert "what serves there may die" in found[0].sentence
    assert "HAProxy" not in found[0].sentence


def test_a_script_that_is_defined_and_not_tracked_is_proposed() -> None:
    (found,) = findings("no-check", both(CHECK + instance(priority=150), GOOD))
    assert found.instead == "track_script { chk }"


def test_nodes_that_share_a_file_have_one_finding() -> None:
    pair = both(instance(), instance())
    assert len(findings("no-check", pair)) == 2
    shared = [each._replace(site=pair.nodes[0].site) for each in pair.nodes]
    assert len(findings("no-check", pair_of(*shared))) == 1


GROUP = "vrrp_sync_group both {\n  group {\n    web\n    in\n  }\n%s}\n"
INSIDE = instance(name="in", vrid=18, vips="192.0.2.20")


@pytest.mark.parametrize(
    "text",
    [
        CHECK + instance(TRACK) + INSIDE + GROUP % "",
        CHECK + GROUP % TRACK + instance() + INSIDE,
    ],
    ids=["of a fellow", "of the group"],
)
def test_a_check_of_the_group_or_of_a_fellow_instance_counts(text: str) -> None:
    pair = both(text, text)
    assert findings("no-check", pair) == []
    assert all(
        [each.name for each in trackers(member)] == ["chk"] for router in pair.routers for member in router.members
    )


def test_a_weight_of_a_fellow_instance_does_not_count() -> None:
    """Only FAULT is shared."""
    text = script("/usr/bin/pgrep -x haproxy", weight="  weight -60\n") + instance(TRACK) + INSIDE
    pair = both(text, text)
    assert {each.line for each in findings("no-check", pair)} == {line_of(text, "vrrp_instance in")}


def test_a_weighted_process_of_a_fellow_instance_does_not_count() -> None:
    """keepalived keeps it in force in a sync group, and it moves that instance's priority alone."""
    process = "vrrp_track_process proxy {\n  process haproxy\n  weight 10\n}\n"
    text = process + GROUP % "" + instance("  track_process {\n    proxy\n  }") + INSIDE
    assert {each.line for each in findings("no-check", both(text, text))} == {line_of(text, "vrrp_instance in")}


def test_a_check_that_is_not_in_force_is_told_by_another_rule() -> None:
    text = CHECK.replace("vrrp_script chk", "vrrp_script check") + instance(TRACK)
    line = line_of(text, "    chk")
    said = f"(/etc/keepalived/keepalived.conf: Line {line}) (web) track script chk not found, ignoring..."
    pair = pair_of(node("a", text, test=said, status=5), node("b", GOOD))
    assert findings("no-check", pair) == []
    assert findings("line-dropped", pair) == []
    (found,) = findings("script-not-defined", pair)
    assert (found.file, found.line) == ("a/keepalived.conf", line)
    assert "defined are: check" in found.sentence


@pytest.mark.parametrize(
    "command, expected",
    [
        ("/usr/bin/pgrep -x haproxy", "balancer"),
        ("/usr/bin/pidof hapee-lb", "balancer"),
        ("/usr/bin/curl -sf http://127.0.0.1/health", "balancer"),
        ("/usr/bin/bash -c '</dev/tcp/127.0.0.1/3306'", "balancer"),
        ("/usr/bin/bash' '-c' '</dev/tcp/127.0.0.1/3306", "balancer"),
        ("/usr/bin/pgrep -x nginx", "another process"),
        ("/usr/bin/test' '!' '-e' '/etc/keepalived/maintenance", "operator"),
        ("/usr/bin/ping -c 1 -W 1 192.0.2.254", "network"),
        ("/usr/bin/test ! -e /etc/keepalived/maintenance", "operator"),
        ("/usr/bin/systemctl is-active lb", "unknown"),
        ("/opt/edge/lb-status", "unknown"),
        ("/etc/keepalived/check_haproxy.sh 192.0.2.254", "network"),
        ("/bin/sh /etc/keepalived/by-name.sh haproxy", "balancer"),
        ("an unclosed ' quote", "unknown"),
        ("", "unknown"),
    ],
)
def test_what_a_command_asks(command: str, expected: str) -> None:
    files = [
        file("/etc/keepalived/check_haproxy.sh", "#!/bin/sh\n# haproxy needs a gateway\nping -c 1 $1\n"),
        file("/etc/keepalived/by-name.sh", "pidof $1\n"),
    ]
    assert asked(command, *files) == expected


def asked(command: str, *files: SiteFile) -> str:
    one = node("a", CHECK + instance(TRACK), files=files)
    running = one.running
    changed = [type(each)(each.name, command, 1, 1, 0, 1, 1, "GOOD") for each in running.scripts]
    told = type(running)("r", 0, running.instances, (), tuple(changed))
    (router,) = pair_of(one._replace(running=told)).routers
    (tracker,) = trackers(router.preferred)
    return asks(router.preferred, tracker)


@pytest.mark.parametrize(
    "command", ["/usr/bin/ping -c 1 192.0.2.254", "/usr/bin/pgrep -x nginx", "/usr/bin/test ! -e /m"]
)
def test_a_node_that_asks_only_something_else_watches_no_haproxy(command: str) -> None:
    (found,) = findings("no-check", both(script(command) + instance(TRACK, priority=150), GOOD))
    assert "only chk, which does not ask HAProxy" in found.sentence
    assert findings("tracker-not-related", both(script(command) + instance(TRACK, priority=150), GOOD)) == []


def test_a_ping_beside_a_check_of_haproxy_is_a_warning() -> None:
    text = CHECK + script("/usr/bin/ping -c 1 192.0.2.254", "gw") + instance("  track_script {\n    chk\n    gw\n  }")
    (found,) = findings("tracker-not-related", pair_of(node("a", text), node("b", GOOD)))
    assert (found.severity, found.line) == ("warning", line_of(text, "    gw"))
    assert findings("no-check", both(text, text)) == []


def test_a_file_that_an_operator_makes_is_related() -> None:
    text = CHECK + script("/usr/bin/test ! -e /m", "m") + instance("  track_script {\n    chk\n    m\n  }")
    assert findings("tracker-not-related", both(text, text)) == []


def test_without_haproxy_on_any_node_another_process_may_serve() -> None:
    text = script("/usr/bin/pgrep -x nginx") + instance(TRACK)
    assert findings("no-check", both(text, text)) == []
    assert [each.severity for each in findings("no-haproxy-cfg", both(text, text))] == ["note"]
    assert len(findings("no-check", both(instance(), text))) == 1


def test_a_process_that_is_not_haproxy() -> None:
    text = "vrrp_track_process nginx {\n  process nginx\n}\n" + instance("  track_process {\n    nginx\n  }")
    assert places("no-check", both(text, GOOD)) == [f"a/keepalived.conf:{line_of(text, 'vrrp_instance')}"]
    haproxy = text.replace("process nginx", "process haproxy")
    assert findings("no-check", both(haproxy, GOOD)) == []


def test_weighted_checks_of_an_address_owner_are_dropped() -> None:
    text = script("/usr/bin/pgrep -x haproxy", weight="  weight -100\n") + instance(TRACK, priority=255)
    pair = pair_of(node("a", text), node("b", GOOD))
    (found,) = findings("priority-255-drops-check", pair)
    assert (found.file, found.line) == ("a/keepalived.conf", line_of(text, "priority"))
    assert findings("no-check", pair) == []
    without = CHECK + instance(TRACK, priority=255)
    assert findings("priority-255-drops-check", both(without, GOOD)) == []
    card = CHECK + instance(TRACK, "  track_interface {\n    eth0\n  }", priority=255)
    one = node("a", card)
    told = one.running.instances[0]
    ignored = replace(one.running, instances=(replace(told, interfaces=()),))  # since it is its own
    assert findings("priority-255-drops-check", pair_of(one._replace(running=ignored), node("b", GOOD))) == []
    unknown = instance(TRACK, priority=255)  # script-not-defined tells of it
    assert findings("priority-255-drops-check", both(unknown, GOOD)) == []


def test_weighted_checks_of_a_sync_group_are_dropped() -> None:
    group = "vrrp_sync_group g {\n  group {\n    web\n  }\n}\n"
    text = group + script("/usr/bin/pgrep -x haproxy", weight="  weight -60\n") + instance(TRACK)
    said = "(web) ignoring tracked script chk with weights due to SYNC group"
    pair = pair_of(node("a", text, test=said, status=5), node("b", GOOD))
    (found,) = findings("sync-group-drops-check", pair)
    assert (found.file, found.line) == ("a/keepalived.conf", line_of(text, "track_script"))
    assert findings("line-dropped", pair) == []
    assert findings("no-check", pair) == []


def test_an_unreadable_file_of_which_keepalived_says_that_it_lost_a_check() -> None:
    said = "(web) track script chk not found, ignoring..."
    one = node("a", instance(), test=said, status=5)._replace(document=Block(("",)))
    assert findings("no-check", pair_of(one, node("b", GOOD))) == []
