"""``dont_track_primary``, ``no_track``: a carrier that is lost is no FAULT, and the node that lost it stays master."""

import pytest
from msgspec.structs import replace

from harness.model.units import ms, s
from harness.search.held import held
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Act, Schedule
from harness.search.subject import of_site
from harness.simulation.settings import settings_of
from tests.lint_pairs import VIP, conf, two

UNTRACKED = "dont_track_primary"
TRACKED = next(each for each in REMEDIES if each.line.startswith("no dont_track_primary"))
PHASES = range(50, 1_000, 100)


def pair(more: str = "", vip: str = VIP, cards: dict[str, str] | None = None) -> SimulatedPair:
    texts = conf(150, more=more, vips=(vip,)), conf(100, more=more, vips=(vip,))
    return of_site("texts", two(confs=texts, cards=cards)).pair()


def harms(of: SimulatedPair, word: str) -> set[str | None]:
    """Of 5 s without that carrier, which is longer than master-down."""
    return {of.run(Schedule((Act(word, 0, 5 * s),), phase * ms)).harm for phase in PHASES}


def test_an_owner_that_does_not_watch_its_card_returns_without_a_word() -> None:
    """It was master all the time and has heard of no rival, if its own advert comes first: June 13 by a cable."""
    found = pair(UNTRACKED)
    assert "wrong cache" in harms(found, "link-down lb1.eth0")
    assert not any(each.state == "FAULT" for each in found.told())
    watched = SimulatedPair(found.topology, TRACKED.on(found.settings), found.router.name)
    assert harms(watched, "link-down lb1.eth0") == {None}


def test_an_owner_that_watches_its_card_announces_itself_again() -> None:
    found = pair()
    assert harms(found, "link-down lb1.eth0") == {None}
    assert not TRACKED.changes(found.settings)


@pytest.mark.parametrize("flag, hurts", [("", False), (" no_track", True)])
def test_a_vip_whose_card_nothing_tracks_stays_on_a_dead_cable(flag: str, hurts: bool) -> None:  # noqa: FBT001
    """The adverts take another card, and all is well there."""
    found = pair("interface eth1", f"{VIP}/24 dev eth0{flag}", {"eth1": "198.51.100.{}/24"})
    cut = "link-down lb1.eth0"
    found.words = {cut: found.words[cut]}
    assert [(each.dark_ns is None, each.hurts) for each in held(found, ())] == [(hurts, hurts)]


def test_the_card_of_the_adverts_is_not_tracked_by_a_line_that_keepalived_ignores() -> None:
    """*Ignoring track_interface eth0 since own interface*, vrrp_complete_instance()."""
    (one,) = settings_of(conf(150, more="dont_track_primary\ntrack_interface {\neth0\neth1\n}"))
    assert [watch.name for watch in one.watches] == ["eth1"]
    assert (one.tracks_card, one.untracked) == (False, ())


def test_a_vip_on_another_card_is_tracked_with_dont_track_primary_too() -> None:
    found = pair(f"interface eth1\n{UNTRACKED}", f"{VIP}/24 dev eth0", {"eth1": "198.51.100.{}/24"})
    needs = {one.node: found.world.nodes.places.needs(one) for one in found.world.nodes.instances}
    assert needs == {"lb1": {"lb1.eth0"}, "lb2": {"lb2.eth0"}}
    on_one_card = pair(UNTRACKED)
    assert [on_one_card.world.nodes.places.needs(one) for one in on_one_card.world.nodes.instances] == [set(), set()]


def test_a_new_keepalived_looks_for_the_cables_that_it_needs() -> None:
    """Without its cable it is in FAULT when it begins; one that does not watch it is a backup, and then master."""
    states = {more: _restarted_without_a_cable(pair(more)) for more in ("", UNTRACKED)}
    assert states == {"": "FAULT", UNTRACKED: "MASTER"}


def _restarted_without_a_cable(of: SimulatedPair) -> str:
    acts = (Act("link-down lb1.eth0", 0, 20 * s), Act("stopped lb1 --service keepalived", 1 * s, 1 * s))
    of.world.begin(of._at_rest(100 * ms))
    for act in acts:
        of.world.plan(of._planned(act))
    of.world.run(15 * s)
    return next(one.state for one in of.world.nodes.on("lb1"))


def test_a_remedy_changes_each_node() -> None:
    found = pair(UNTRACKED)
    assert {one.tracks_card for each in TRACKED.on(found.settings).values() for one in each} == {True}
    assert all(
        replace(one, tracks_card=False) in found.settings[node]
        for node, each in TRACKED.on(found.settings).items()
        for one in each
    )
