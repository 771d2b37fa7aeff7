"""Three nodes of which not each lists each other one as a unicast peer."""

import pytest
from msgspec.structs import replace

from harness.cli._held import show_held
from harness.lint import Pair, PairNode
from harness.search.held import Held, held
from harness.search.subject import of_site
from tests.recorded_sites import recorded

SITE = "three-nodes-unicast"


def without(*unlisted: tuple[str, str]) -> Pair:
    """`unlisted`: (node, of whose peers that node is not)."""
    pair = recorded(SITE)
    return pair._replace(nodes=tuple(_without(node, pair, set(unlisted)) for node in pair.nodes))


def _without(node: PairNode, pair: Pair, unlisted: set[tuple[str, str]]) -> PairNode:
    gone = {
        address.split("/")[0]
        for other in pair.nodes
        for addresses in other.site.cards.values()
        for address in addresses
        if (node.name, other.name) in unlisted
    }
    instances = tuple(
        replace(each, unicast_peers=tuple(peer for peer in each.unicast_peers if peer.address not in gone))
        for each in node.running.instances
    )
    return node._replace(running=replace(node.running, instances=instances))


def names() -> tuple[str, str, str]:
    """By priority."""
    nodes = sorted(recorded(SITE).nodes, key=lambda node: -node.running.instances[0].effective_priority)
    first, second, third = (node.name for node in nodes)
    return first, second, third


def test_a_third_node_that_hears_no_owner_is_master_beside_it() -> None:
    first, _, third = names()
    found = of_site(SITE, without((first, third)))
    assert found.never_rests.startswith(f"{third} hears no advert of {first}")
    assert not of_site(SITE, recorded(SITE)).never_rests


@pytest.mark.parametrize("whole", [True, False])
def test_two_standbys_that_do_not_hear_each_other_both_take_over(*, whole: bool) -> None:
    """At rest all is well: both hear the owner. The fault is on the owner alone."""
    first, second, third = names()
    found = of_site(SITE, recorded(SITE) if whole else without((second, third), (third, second)))
    assert not found.never_rests
    pair = found.pair()
    frozen = f"freeze {first}"
    pair.words = {frozen: pair.words[frozen]}
    (told,) = held(pair, ())
    assert (told.hurts, told.rivals) == (not whole, () if whole else tuple(sorted((second, third))))


def test_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    show_held((Held("freeze a", 3_000_000_000, hurts=True, rivals=("b", "c")),))
    assert (
        "  freeze a: b and c have one VIP at the same time until it ends: they do not hear each other"
        in capsys.readouterr().out.splitlines()
    )
