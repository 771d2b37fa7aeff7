"""What a lab was like at `up`, and what differs now: told apart are ours, foreign, and what is not known."""

import os
from pathlib import Path

import msgspec
import pytest

from harness.agents.network import survey as network
from harness.agents.services import folders, processes
from harness.agents.services.node_files import NodeFiles
from harness.model.ops import KEPT
from harness.model.survey import Difference, Survey, Thing, Unasked, compared, file_state

UP = Thing("gw-1", "network", "link lan0", "up")
DOWN = msgspec.structs.replace(UP, state="down")
LIMIT = Thing("lb-ext-1", "haproxy", "sessions of api/FRONTEND, at most", "100")
OURS = Thing("network-agent", "network", "element of table bridge harness", "ingress: x", ours=True)
NO_HAPROXY = Unasked("lb-ext-1", "haproxy", "its haproxy: it does not answer")


def test_what_is_as_before_does_not_differ() -> None:
    found = compared(Survey((UP, LIMIT)), Survey((LIMIT, UP)))
    assert (found.ours, found.foreign, found.unasked, found.unknown) == ((), (), (), ())


@pytest.mark.parametrize(
    "before, now, words",
    [
        ((UP,), (DOWN,), "gw-1: link lan0 is down; it was up"),
        ((UP,), (), "gw-1: link lan0 is gone; it was up"),
        ((), (UP,), "gw-1: link lan0 is new: up"),
    ],
)
def test_a_foreign_difference_is_told(before: tuple[Thing, ...], now: tuple[Thing, ...], words: str) -> None:
    found = compared(Survey(before), Survey(now))
    assert [str(each) for each in found.foreign] == [words]
    assert not found.ours


def test_what_is_ours_is_left_whatever_was_before() -> None:
    """Also if it was there at `up`: a baseline that was taken during a fault excuses nothing."""
    assert compared(Survey((OURS,)), Survey((OURS,))).ours == (OURS,)
    assert compared(Survey(), Survey((OURS,))).foreign == ()


def test_what_cannot_be_asked_now_is_neither_the_same_nor_gone() -> None:
    found = compared(Survey((UP, LIMIT)), Survey((UP,), (NO_HAPROXY,)))
    assert (found.foreign, found.unasked) == ((), (NO_HAPROXY,))


def test_only_the_topic_that_could_not_be_asked_is_unknown() -> None:
    link = Thing("lb-ext-1", "network", "link lan0", "up")
    found = compared(Survey((link, LIMIT)), Survey((), (NO_HAPROXY,)))
    assert found.foreign == (Difference("lb-ext-1", "link lan0", "up", None),)


def test_what_could_not_be_asked_at_up_is_told_and_is_no_reason() -> None:
    found = compared(Survey((UP,), (NO_HAPROXY,)), Survey((UP,), (NO_HAPROXY,)))
    assert (found.unasked, found.unknown) == ((), ("lb-ext-1: its haproxy: it does not answer",))
    assert compared(Survey((UP,), (NO_HAPROXY,)), Survey((UP, LIMIT))).foreign == ()


def test_files_that_were_put_there_on_purpose_are_the_baseline() -> None:
    """HAProxy's limits come from its file: they are compared with nothing from then on. A node's network is."""
    old, new = Thing("lb-ext-1", "files", "/etc/x", "old"), Thing("lb-ext-1", "files", "/etc/x", "new")
    link = Thing("lb-ext-1", "network", "link lan0", "up")
    before = Survey((old, LIMIT, link)).with_files("lb-ext-1", {"/etc/x": "new"})
    found = compared(before, Survey((new, msgspec.structs.replace(LIMIT, state="7"), link)))
    assert (found.foreign, found.unasked) == ((), ())
    assert found.unknown == ("lb-ext-1: HAProxy's runtime settings, as it got another configuration",)
    assert compared(before, Survey((new, LIMIT))).foreign == (Difference("lb-ext-1", "link lan0", "up", None),)


def test_a_file_that_was_put_there_replaces_its_own_entry_alone() -> None:
    """Not that of another file, of another node, or of another kind: a baseline is kept, and grows with no change."""
    others = (
        Thing("lb-ext-1", "files", "/etc/y", "old"),
        Thing("lb-ext-2", "files", "/etc/x", "old"),
        Thing("lb-ext-1", "services", "/etc/x", "old"),
    )
    before = Survey((Thing("lb-ext-1", "files", "/etc/x", "old"), *others))
    after = before.with_files("lb-ext-1", {"/etc/x": "new"})
    assert after.things == (*others, Thing("lb-ext-1", "files", "/etc/x", "new"))


def test_a_file_is_told_by_its_size_and_the_begin_of_its_digest() -> None:
    """48 bits of SHA-256 (FIPS 180-4), in the words that a baseline of before has."""
    assert file_state(b"abc", executable=False) == "3 bytes, ba7816bf8f01"
    assert file_state(b"abc", executable=True) == "3 bytes, ba7816bf8f01, executable"


CABLE, CABLE_DOWN = Thing("lb-ext-1", "network", "link lan0", "up"), Thing("lb-ext-1", "network", "link lan0", "down")
OTHER_LIMIT = msgspec.structs.replace(LIMIT, state="7")
NO_LINKS = Unasked("gw-1", "network", "it does not answer")


@pytest.mark.parametrize(
    "anew, cables, things, unasked",
    [
        ((), False, (UP, LIMIT, CABLE), (NO_HAPROXY,)),  # what has happened since is what a check is to find
        (("gw-1",), False, (LIMIT, CABLE, DOWN), (NO_HAPROXY, NO_LINKS)),
        (("lb-ext-1",), False, (UP, OTHER_LIMIT, CABLE_DOWN), ()),
        ((), True, (LIMIT, DOWN, CABLE_DOWN), (NO_HAPROXY, NO_LINKS)),  # every network was wired anew
    ],
)
def test_a_baseline_goes_on_but_for_what_was_made_anew(
    anew: tuple[str, ...],
    cables: bool,  # noqa: FBT001 - a column
    things: tuple[Thing, ...],
    unasked: tuple[Unasked, ...],
) -> None:
    before = Survey((UP, LIMIT, CABLE), (NO_HAPROXY,), ("lb-ext-1", "gw-1"))
    now = Survey((DOWN, OTHER_LIMIT, CABLE_DOWN), (NO_LINKS,))
    found = before.continued(now, anew, cables=cables)
    assert (found.things, found.unasked) == (things, unasked)
    assert set(found.configured) == {"lb-ext-1", "gw-1"} - set(anew)


def test_an_agent_knows_nodes_that_the_lab_does_not_have() -> None:
    found = Survey((UP, LIMIT), (NO_HAPROXY,)).of(["gw-1"])
    assert found == Survey((UP,))


def test_a_survey_travels_as_json() -> None:
    told = Survey((UP, OURS), (NO_HAPROXY,), ("lb-ext-1",))
    assert msgspec.json.decode(msgspec.json.encode(told), type=Survey) == told


RULES = """table bridge harness {
\tset ingress {
\t\ttype ifname
\t\telements = { "lb-ext-1.0" }
\t}

\tset egress {
\t\ttype ifname
\t}
}
table inet site {
\tchain input {
\t}
}
table ip keepalived {
}
"""


def test_elements_of_our_tables_are_ours_and_other_tables_are_not() -> None:
    own, foreign = network._of_rules("network-agent", RULES)
    assert (own.ours, own.what, own.state) == (True, "element of table bridge harness", 'ingress: { "lb-ext-1.0" }')
    assert (foreign.ours, foreign.what) == (False, "nftables table inet site")
    assert foreign.state.startswith("4 lines, ")


def test_a_table_of_our_name_in_a_node_is_not_ours() -> None:
    """The agent makes its tables in its own namespace alone."""
    assert not any(each.ours for each in network._of_rules("lb-ext-1", RULES))


RESOLVER = """table ip nat {
\tchain DOCKER_OUTPUT {
\t\tip daddr 127.0.0.11 udp dport 53 counter dnat to 127.0.0.11:60783
\t}
\tchain DOCKER_POSTROUTING {
\t\tip saddr 127.0.0.11 udp sport 60783 counter xt target "SNAT"
\t\tip saddr 10.0.0.1 udp sport 53 counter accept
\t}
}
"""


def test_dockers_resolver_has_other_ports_after_a_reboot() -> None:
    def told(rules: str) -> list[str]:
        return [each.state for each in network._of_rules("gw-2", rules)]

    assert told(RESOLVER.replace("60783", "37913")) == told(RESOLVER)
    for foreign in (RESOLVER.replace("dport 53", "dport 54"), RESOLVER.replace("sport 53", "sport 54")):
        assert told(foreign) != told(RESOLVER)


RING = """table bridge harness_ring {
\tset held {
\t\ttype ifname
\t\telements = { "trunk-ca.b" }
\t}
\tset shut {
\t\ttype ifname
\t}
}
"""


def test_what_rep_blocks_changes_by_itself_and_what_the_guard_shut_is_told() -> None:
    assert not list(network._of_rules("network-agent", RING))
    shut = RING.replace("type ifname\n\t}", 'type ifname\n\t\telements = { "trunk.a" }\n\t}')
    (told,) = network._of_rules("network-agent", shut)
    assert (told.ours, told.what, told.state) == (False, "storm guard", 'shut: { "trunk.a" }')


LINKS = b"""[
 {"ifname": "lo", "flags": ["UP"], "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8}]},
 {"ifname": "lan0", "flags": ["BROADCAST", "UP"], "address": "02:77:00:00:00:01", "addr_info": [
   {"family": "inet", "local": "10.77.0.1", "prefixlen": 24},
   {"family": "inet", "local": "10.77.0.100", "prefixlen": 24},
   {"family": "inet6", "local": "fe80::1", "prefixlen": 64}]},
 {"ifname": "vrrp.51", "flags": ["UP"], "linkinfo": {"info_kind": "macvlan"}, "addr_info": []}]"""


def test_a_nodes_links_and_addresses_without_what_vrrp_moves() -> None:
    told = list(network._of_links("lb-ext-1", network._links.decode(LINKS), frozenset({"10.77.0.100"})))
    assert [(each.what, each.state) for each in told] == [
        ("link lan0", "up 02:77:00:00:00:01"),
        ("address 10.77.0.1", "lan0 /24"),
    ]


@pytest.fixture
def node(tmp_path: Path) -> Path:
    for folder in ("etc/service/x/supervise", "usr/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/one").write_text("1")
    (tmp_path / "etc/service/x/supervise/status").write_text("of runit")
    (tmp_path / "usr/bin/check").write_text("#!/bin/sh")
    return tmp_path


def told(node: Path) -> dict[str, str]:
    return dict(folders.told(NodeFiles(str(node))))


def test_a_file_of_etc_is_told_by_its_content(node: Path) -> None:
    before = told(node)
    assert before["/etc/one"] == file_state(b"1", executable=False)
    assert not any("supervise" in path for path in before)
    (node / "etc/one").write_text("2")
    os.utime(node / "usr/bin/check", ns=(1, 1))
    assert {path for path, state in told(node).items() if before[path] != state} == {"/etc/one", "programs in /usr/bin"}


def test_a_program_that_was_swapped_and_put_back_is_as_before(node: Path) -> None:
    before, program = told(node), node / "usr/bin/check"
    program.rename(f"{program}{KEPT}")
    program.write_text("another")
    assert f"/usr/bin/check{KEPT}" in told(node)
    program.with_name(f"check{KEPT}").rename(program)
    assert told(node) == before


def test_no_link_leads_out_of_a_node(node: Path, tmp_path: Path) -> None:
    (node / "etc/link").symlink_to("/etc/shadow")
    (node / "etc/folder").symlink_to("/")
    assert told(node)["/etc/link"] == "link to /etc/shadow"
    assert told(node)["/etc/folder"] == "link to /"


def test_a_pipe_in_place_of_a_file_is_not_waited_for(node: Path) -> None:
    os.mkfifo(node / "etc/pipe")
    assert "mode 1" in told(node)["/etc/pipe"]


def test_a_limit_of_a_process_and_of_none() -> None:
    soft, hard = processes.limit(os.getpid(), "Max open files").split()
    assert 0 < int(soft) <= int(hard)
    assert processes.limit(1 << 30, "Max open files") == ""
