"""What keepalived accepts without a word, and a pair cannot work with."""

import pytest

from harness.lab.compose import topology
from harness.model.configuration import Configuration
from harness.model.errors import BadValue
from harness.model.keepalived_messages import PATH
from harness.model.keepalived_rules import NodeFiles, placeholders, router_problems
from tests.shapes import three_nodes

LAB = topology()
ROUTER = LAB.virtual_router("external")
BASE = """\
global_defs {{
    vrrp_version {version}
    {globals}
}}
vrrp_script chk {{
    script "/usr/bin/true"
    {script}
}}
vrrp_instance external {{
    virtual_router_id {vrid}
    priority {priority}
    {instance}
    virtual_ipaddress {{
        {vip}/24 dev lan0
    }}
}}
"""


def conf(priority: int, **other: str) -> str:
    usual = {"version": "3", "globals": "", "script": "", "vrid": "51", "instance": "", "vip": "10.77.0.100"}
    return BASE.format(priority=priority, **usual | other)


def told(first: str, second: str) -> list[tuple[str, int, str, str]]:
    """(node, line, severity, the words)."""
    both = (NodeFiles("lb-ext-1", {PATH: first}), NodeFiles("lb-ext-2", {PATH: second}))
    return [(each.node, each.line, each.severity, each.said) for each in router_problems(LAB, ROUTER, both)]


def test_a_sound_pair_is_passed() -> None:
    assert told(conf(150), conf(100)) == []


def test_our_own_configurations_are_passed() -> None:
    text = [Configuration.load("track-haproxy").render(LAB, node)[PATH] for node in ROUTER.nodes]
    assert told(*text) == []


@pytest.mark.parametrize(
    "version, everywhere, instance, line",
    [
        ("3", "vrrp_strict", "", 3),
        ("2", "vrrp_strict", "accept", 3),  # keepalived resets it: RFC 3768 has no such mode
        ("3", "", "strict_mode on", 12),
        ("3", "", "no_accept", 12),
    ],
)
def test_a_vip_that_drops_what_is_sent_to_it(version: str, everywhere: str, instance: str, line: int) -> None:
    """Measured with keepalived 2.3.3: `Accept = disabled` in its dump, whose `-t` says nothing."""
    strict = conf(150, version=version, globals=everywhere, instance=instance)
    ((node, where, severity, said),) = told(strict, conf(100, version=version))
    assert (node, where, severity) == ("lb-ext-1", line, "will not run")
    assert said.endswith("keepalived drops what is sent to the VIP, so no customer is served.")


@pytest.mark.parametrize(
    "everywhere, instance, priority",
    [
        ("vrrp_strict", "accept", 150),
        ("vrrp_strict", "strict_mode off", 150),
        ("vrrp_strict", "", 255),  # the owner of the address
        ("", "accept", 150),
    ],
)
def test_a_strict_vip_that_accepts(everywhere: str, instance: str, priority: int) -> None:
    """`Accept = enabled`."""
    assert told(conf(priority, globals=everywhere, instance=instance), conf(100)) == []


TRACK = "track_script {\n        chk\n    }"
ALONE = "The check chk can never move the VIP: "


@pytest.mark.parametrize(
    "weight, priorities, peer, said",
    [
        ("weight 2", (150, 100), "", "failed, lb-ext-1 still has priority 150, its peer 102."),
        ("weight -10", (150, 100), "", "failed, lb-ext-1 still has priority 140, its peer 100."),
        ("weight -50", (150, 100), "", "failed, lb-ext-1 still has priority 100, its peer 100."),  # equal: it stays
        ("weight -60", (150, 100), "nopreempt", "it only lowers the priority, and the peer has nopreempt."),
        ("weight 60", (150, 100), "nopreempt", "it only lowers the priority, and the peer has nopreempt."),
        ("weight 250", (253, 3), "", "failed, lb-ext-1 still has priority 253, its peer 253."),
        ("weight -100", (50, 1), "", "failed, lb-ext-1 still has priority 1, its peer 1."),  # never below 1
    ],
)
def test_a_check_that_can_never_move_the_vip(weight: str, priorities: tuple[int, int], peer: str, said: str) -> None:
    first = conf(priorities[0], script=weight, instance=TRACK)
    second = conf(priorities[1], script=weight, instance=f"{TRACK}\n    {peer}")
    assert told(first, second) == [("lb-ext-1", 7, "lost", ALONE + said)]


@pytest.mark.parametrize("weight", ["", "weight 0", "weight -51", "weight 51"])
def test_a_check_that_moves_it(weight: str) -> None:
    """Without a weight a failed check means FAULT."""
    assert told(*(conf(each, script=weight, instance=TRACK) for each in (150, 100))) == []


@pytest.mark.parametrize(
    "first, second, said",
    [
        ("weight 60", None, ["failed, lb-ext-1 still has priority 150, its peer 100."]),  # nothing is added to the peer
        ("weight -60", None, []),
        ("weight 2", "weight 60", []),  # the second node has the VIP: 160 to 152, and 100 with its check failed
        ("weight -30", "weight 40", []),  # 120 to 140
        ("weight -5", "weight 40", ["failed, lb-ext-1 still has priority 145, its peer 140."]),
    ],
)
def test_what_a_check_adds_is_the_peers_own(first: str, second: str | None, said: list[str]) -> None:
    """Not what ours would add there."""
    peer = conf(100) if second is None else conf(100, script=second, instance=TRACK)
    found = told(conf(150, script=first, instance=TRACK), peer)
    assert found == [("lb-ext-1", 7, "lost", ALONE + each) for each in said]


def two(first: str, second: str) -> str:
    """Checks `a` (line 9) and `b` (line 10), with their weights."""
    scripts = "".join(f"}}\nvrrp_script {name} {{\n    script /usr/bin/true\n" for name in "ab")
    tracked = f"track_script {{\n a {first}\n b {second}\n }}"
    return conf(150, script=scripts, instance=tracked)


@pytest.mark.parametrize(
    "first, second, told_of",
    [
        ("weight -60", "weight -60", []),
        ("weight -30", "weight -30", [("lost", "a alone cannot", 120), ("lost", "b alone cannot", 120)]),
        ("weight -20", "weight -20", [("lost", "a can never", 130), ("lost", "b can never", 130)]),
        ("weight -30", "weight -60", [("harmless", "a alone cannot", 120)]),
        ("weight 0", "weight -30", [("harmless", "b alone cannot", 120)]),
        ("weight 30", "weight -90", [("harmless", "a alone cannot", 150)]),  # 180 with both
    ],
)
def test_each_check_is_judged_alone(first: str, second: str, told_of: list[tuple[str, str, int]]) -> None:
    """Where none moves the VIP by itself, the pair fails over by no check that fails."""
    found = told(two(first, second), conf(100))
    said = [
        (severity, f"The check {who} move the VIP: failed, lb-ext-1 still has priority {priority}, its peer 100.")
        for severity, who, priority in told_of
    ]
    assert [(severity, words) for _, _, severity, words in found] == said
    text = two(first, second).splitlines()
    assert [text[line - 1].split()[0] for _, line, _, _ in found] == [who[0] for _, who, _ in told_of]


def test_the_node_that_has_the_vip_is_the_one_that_is_higher_while_all_checks_succeed() -> None:
    """230 to 200, not 150 to 200."""
    ((node, _, severity, said),) = told(two("weight 80", "weight -5"), conf(200))
    assert (node, severity, said.split(":")[0]) == ("lb-ext-1", "harmless", "The check b alone cannot move the VIP")


@pytest.mark.parametrize(
    "other", ["track_process {\n haproxy\n}", "track_file {\n f\n}", "track_interface {\n lan0 weight 60\n}"]
)
def test_weights_of_other_kinds_are_not_reckoned_with(other: str) -> None:
    """What they add is not read here, so nothing is said; an interface without a weight adds nothing."""
    weak = conf(150, script="weight -10", instance=TRACK)
    assert told(weak, conf(100, instance=other)) == []
    assert told(conf(150, script="weight -10", instance=f"{TRACK}\n{other}"), conf(100)) == []
    assert len(told(weak, conf(100, instance="track_interface {\n lan0\n}"))) == 1


def test_a_check_that_is_defined_nowhere_moves_nothing() -> None:
    """keepalived leaves it out, and says so itself."""
    tracked = "track_script {\n gone\n chk\n}"
    ((_, _, severity, said),) = told(conf(150, script="weight -10", instance=tracked), conf(100))
    assert (severity, said) == ("lost", f"{ALONE}failed, lb-ext-1 still has priority 140, its peer 100.")


def test_a_weight_of_the_tracking_line_counts_before_the_script_s() -> None:
    track = "track_script {\n        chk weight -60\n    }"
    assert told(*(conf(each, script="weight -1", instance=track) for each in (150, 100))) == []
    with pytest.raises(BadValue, match="weight is 'much'"):
        told(*(conf(each, instance="track_script {\nchk weight much\n}") for each in (150, 100)))


def test_a_vip_that_adverts_leave_out() -> None:
    """virtual_ipaddress_excluded: the node has it all the same (keepalived.conf(5))."""
    excluded = "virtual_ipaddress_excluded {\n        10.77.0.100/24 dev lan0\n    }"
    assert told(*(conf(each, vip="10.77.0.99", instance=excluded) for each in (150, 100))) == []


CHECK = "/etc/keepalived/check.sh"


@pytest.mark.parametrize(
    "line",
    [
        f"script {CHECK}",
        f'script "{CHECK} --fast"',
        f"notify {CHECK}",
        f'notify_master "{CHECK} MASTER" root',
        f"vrrp_notify_fifo_script {CHECK}",
    ],
)
def test_a_script_that_is_not_executable(line: str) -> None:
    """A file of the folder; keepalived accepts it, and each of its runs fails. Programs of the node are its own."""
    text = conf(150, instance=f'notify_stop /usr/bin/true\n    notify_fault "/bin/sh {CHECK}"\n    {line}')
    files, other = {PATH: text, CHECK: "#!/bin/sh\n"}, NodeFiles("lb-ext-2", {PATH: conf(100)})
    both = ((NodeFiles("lb-ext-1", files, able), other) for able in ((), {CHECK}))
    found = [list(router_problems(LAB, ROUTER, each)) for each in both]
    said = f"{CHECK} is not executable, so keepalived cannot run it: chmod +x its file."
    assert [(each.line, each.severity, each.said) for each in found[0]] == [(14, "lost", said)]
    assert found[1] == []


def test_files_for_another_segment() -> None:
    """What would take 40 s of waiting for one owner."""
    elsewhere = told(conf(150, vrid="7"), conf(100, vip="192.0.2.1"))
    assert elsewhere == [
        ("lb-ext-1", 0, "will not run", "No vrrp_instance has virtual_router_id 51."),
        (
            "lb-ext-2",
            13,
            "will not run",
            "vrrp_instance external does not have the VIP 10.77.0.100; it has: 192.0.2.1.",
        ),
    ]


def test_placeholders_are_told_by_line() -> None:
    node = NodeFiles("lb-ext-1", {PATH: "vrrp_instance V {\n    state ${STATE}\n    priority $PRIO\n}\n"})
    assert [(each.line, each.said, each.quoted) for each in placeholders(node)] == [
        (2, "${STATE} was never filled in.", "state ${STATE}"),
        (3, "$PRIO was never filled in.", "priority $PRIO"),
    ]


def test_a_reversed_weight_counts_against_the_priority() -> None:
    """``weight 60 reverse``: 90 while the check succeeds, 150 once it fails; so lb-ext-2 has the VIP, 100 to 90."""
    assert told(conf(150, script="weight 60 reverse", instance=TRACK), conf(100)) == []
    peer = conf(100, script="weight -5", instance=TRACK)
    ((node, _, _, said),) = told(conf(150, script="weight 60 reverse", instance=TRACK), peer)
    assert (node, said) == ("lb-ext-2", f"{ALONE}failed, lb-ext-2 still has priority 95, its peer 90.")


def test_nothing_is_said_of_an_address_owners_checks() -> None:
    """Priority 255 stays, whatever they weigh."""
    assert told(conf(255, script="weight -10", instance=TRACK), conf(100)) == []


def test_nothing_is_said_of_equal_priorities() -> None:
    """Which of the two has the VIP is not known."""
    both = conf(100, script="weight -10", instance=f"{TRACK}\n    nopreempt")
    assert told(both, both) == []


def test_the_nearest_of_several_peers_takes_the_vip() -> None:
    """110 to 120, not to 50."""
    shape = three_nodes()
    texts = (conf(150, script="weight -40", instance=TRACK), conf(120), conf(50))
    nodes = [NodeFiles(name, {PATH: text}) for name, text in zip(sorted(shape.files), texts, strict=True)]
    assert list(router_problems(shape.topology, shape.topology.virtual_router(), nodes)) == []
    weak = NodeFiles(nodes[0].node, {PATH: texts[0].replace("-40", "-20")})
    (problem,) = router_problems(shape.topology, shape.topology.virtual_router(), [weak, *nodes[1:]])
    assert problem.said == f"{ALONE}failed, lb-ext-1 still has priority 130, its peer 120."


def test_an_instance_without_an_address_is_told_by_its_own_line() -> None:
    bare = "vrrp_instance external {\n    virtual_router_id 51\n}\n"
    ((_, line, _, said),) = told(bare, conf(100))
    assert (line, said.partition(" it has: ")[2]) == (1, "none.")
    several = conf(150, vip="10.77.0.98/24\n        10.77.0.99")
    ((_, line, _, said),) = told(several, conf(100))
    assert (line, said.partition(" it has: ")[2]) == (13, "10.77.0.98, 10.77.0.99.")


def test_of_two_instances_it_is_the_one_with_the_vip() -> None:
    """The first is on another segment, has another VIP, and the same VRID; its lines are not told of."""
    other = "vrrp_instance other {\n virtual_router_id 51\n interface lan1\n no_accept\n}\n"
    assert told(other + conf(150), conf(100)) == []
    assert [line for _, line, _, _ in told(other + conf(150, instance="no_accept"), conf(100))] == [17]


def test_what_an_included_file_has_wrong_is_told_there() -> None:
    path = "/etc/keepalived/conf.d/external.conf"
    inner = "vrrp_instance external {\n virtual_router_id 51\n no_accept\n virtual_ipaddress {\n 10.77.0.100\n }\n}\n"
    files = {PATH: f"vrrp_version 3\ninclude {path}\n", path: inner}
    nodes = (NodeFiles("lb-ext-1", files), NodeFiles("lb-ext-2", {PATH: conf(100)}))
    (problem,) = router_problems(LAB, ROUTER, nodes)
    assert (problem.path, problem.line, problem.quoted) == (path, 3, "no_accept")
    (main,) = router_problems(LAB, ROUTER, (NodeFiles("lb-ext-1", {PATH: inner}), nodes[1]))
    assert (main.path, main.line, main.quoted) == (PATH, 3, "no_accept")
