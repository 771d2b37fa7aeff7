"""one-node, and what `init` says of a folder with one."""

from harness.site.draft import draft
from harness.site.listing import FoundFile, Listing
from tests.lint_pairs import found, two
from tests.unit.lint.krules import findings, instance, node, pair_of

RULE = "one-node"


def test_a_pair_of_one_node() -> None:
    (finding,) = findings(RULE, pair_of(node("a", instance())))
    assert (finding.severity, finding.file) == ("warning", "a/keepalived.conf")
    assert finding.sentence.startswith("a is the only node of pair.toml")


def test_peers_tell_of_the_other_node() -> None:
    text = instance("  unicast_src_ip 192.0.2.1", "  unicast_peer {\n    192.0.2.2\n  }")
    (finding,) = findings(RULE, pair_of(node("a", text)))
    assert "unicast_peer names 192.0.2.2" in finding.sentence


def test_two_nodes() -> None:
    assert found(RULE, two()) == []


def _missing(*sources: str) -> tuple[str, ...]:
    return draft(Listing(tuple(FoundFile(each, instance().encode(), 0o644) for each in sources))).missing


def test_init_says_that_the_other_node_is_missing() -> None:
    said = "bring keepalived.conf of the other node: there is only that of gw1."
    assert said in _missing("gw1/etc/keepalived/keepalived.conf")


def test_a_file_that_no_machine_s_tree_holds_may_be_on_both_nodes() -> None:
    for sources in (["lb1/keepalived.conf"], ["keepalived.conf"], ["lb1/keepalived.conf", "lb2/keepalived.conf"]):
        assert not [each for each in _missing(*sources) if "other node" in each]
