"""Which node has the VIP before the first fault: the preferred one, or each from which no other takes it back."""

import pytest
from msgspec.structs import replace

from harness.cli.search import _show, report
from harness.lab import compose
from harness.model.units import ms
from harness.search.deciding import may_own
from harness.search.find import Budget, Late, Searched, find
from harness.search.held import held
from harness.search.pair import SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.subject import Subject, of_configuration

FIRST, SECOND = "lb-ext-1", "lb-ext-2"


def with_fields(**fields: object) -> Subject:
    usual = of_configuration("advert-100ms", compose.topology(()))
    settings = {
        node: tuple(replace(one, vrrp=replace(one.vrrp, **fields)) for one in each)
        for node, each in usual.settings.items()
    }
    return usual._replace(settings=settings)


def owners(pair: SimulatedPair) -> tuple[str, ...]:
    return may_own(pair.world.nodes, "external")


def test_the_preferred_node_takes_the_vip_back() -> None:
    assert owners(with_fields().pair("external")) == (FIRST,)


@pytest.mark.parametrize("fields", [{"priority": 100}, {"preempt": False}])
def test_of_equals_and_without_preemption_each_keeps_it(fields: dict[str, object]) -> None:
    assert owners(with_fields(**fields).pair("external")) == (FIRST, SECOND)


def test_of_a_sync_group_it_is_the_preferred_one() -> None:
    assert owners(with_fields(priority=100, sync_group="g").pair("external")) == (FIRST,)


def test_a_node_that_the_others_do_not_hear_is_no_owner_at_rest() -> None:
    """Its unicast_peer lacks the other: that one would be master beside it, without any fault."""
    subject = with_fields(preempt=False)
    topology, (usual,) = subject.topology, (one for one in subject.settings[SECOND])
    elsewhere = next(each.address for name, each in topology.ports.items() if name.startswith("gw-"))
    own = next(each.address for name, each in topology.ports.items() if name == f"{SECOND}.external")
    told = {
        node: tuple(replace(one, vrrp=replace(one.vrrp, unicast_peers=(peer,))) for one in subject.settings[node])
        for node, peer in ((FIRST, own), (SECOND, elsewhere))
    }
    assert usual.vrrp.unicast_peers == ()
    pair = subject._replace(settings={**subject.settings, **told}).pair("external")
    assert owners(pair) == (FIRST,)


@pytest.mark.parametrize("owner, harms", [(FIRST, {None}), (SECOND, {None, "wrong cache"})])
def test_of_equals_the_higher_address_does_not_notice_its_rival(owner: str, harms: set[str | None]) -> None:
    """keepalived #1528: a cut that ends just after the takeover. The lower address notices, and the other announces."""
    pair = with_fields(priority=100).pair("external", owner=owner)
    cuts = [Schedule((Act("blackhole trunk", 0, 350 * ms),), phase * ms) for phase in range(0, 100, 5)]
    ended = [pair.run(cut) for cut in cuts]
    assert all(each.took_over for each in ended if each.harm)
    assert {each.harm for each in ended} == harms


def test_a_search_begins_with_each(capsys: pytest.CaptureFixture[str]) -> None:
    subject, seconds = with_fields(priority=100), 2
    while not (found := find(subject, "external", Budget(seconds, 1, 1), shards=1)).mechanisms:
        assert seconds < 100, found
        seconds *= 2
    assert found.mechanisms[0].owner == SECOND
    _show(found, subject, "external")
    assert {each.owner for each in found.held} == {FIRST, SECOND}
    told = capsys.readouterr().out
    assert f"after a failover: {SECOND} is the owner, and {FIRST} its standby" in told
    assert f"The same after a failover, with {SECOND} as the owner:" in told


def test_what_is_late_after_a_failover_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    late = Late(59_500 * ms, Schedule((Act(f"freeze {SECOND}", 0, 300 * ms),), 0), SECOND)
    found, subject = Searched(1, alone=True, mechanisms=(), left=0, late=late), with_fields(priority=100)
    _show(found, subject, "external")
    assert f"  after a failover: {SECOND} is the owner, and {FIRST} its standby" in capsys.readouterr().out
    told = report(subject, "external", found).late
    assert told
    assert told.owner == SECOND


def test_what_lasts_after_a_failover_ends_with_no_line_that_takes_the_vip_back() -> None:
    """Without nopreempt the other node is the owner at rest: what the line does to this one cannot be told."""
    dead = f"killed {SECOND} --service haproxy"
    pair = with_fields(preempt=False).pair("external", owner=SECOND)
    pair.words = {dead: pair.words[dead]}
    (found,) = held(pair, ())
    assert (found.owner, found.dark_ns) == (SECOND, None)
    assert [line.split(",")[0] for line in found.ended_by] == ["a vrrp_script that asks HAProxy for an answer"]
