"""What a fault of one node that lasts does to customers: the other node serves them, or they wait until its end."""

import pytest
from msgspec.structs import replace

from harness.cli._held import show_held
from harness.lab import compose
from harness.model.units import ms, s
from harness.search.held import Held, held
from harness.search.pair import SimulatedPair
from harness.search.subject import of_configuration, of_site
from harness.simulation.settings import Settings
from harness.simulation.watch import Watch
from tests.recorded_sites import recorded

KILLED, HUNG = "killed lb-ext-1 --service haproxy", "hung lb-ext-1 --service haproxy"
FROZEN = "freeze lb-ext-1"
CHECK = Watch("script", "chk", "process", interval_ns=s, waits_ns=s, fall=2)
ASKS, NO_WEIGHT = "a vrrp_script that asks HAProxy", "no weight of what is tracked"


def of(*watches: Watch, left_out: tuple[str, ...] = (), **vrrp: object) -> dict[str, Held]:
    """By fault. The lab's default pair, whose instances track these."""
    chosen = of_configuration("default", compose.topology(()))

    def changed(one: Settings) -> Settings:
        return replace(one, watches=watches, vrrp=replace(one.vrrp, **vrrp))

    settings = {node: tuple(map(changed, each)) for node, each in chosen.settings.items()}
    pair = SimulatedPair(chosen.topology, settings, "external")
    pair.words = {word: pair.words[word] for word in (KILLED, HUNG, FROZEN)}
    return {each.word: each for each in held(pair, left_out)}


def begins(found: Held) -> list[str]:
    return [line.split(",")[0].split(" for")[0].split(" (")[0] for line in found.ended_by]


def test_without_a_check_customers_wait_for_as_long_as_haproxy_is_dead() -> None:
    found = of()
    assert (found[KILLED].dark_ns, found[KILLED].hurts) == (None, True)
    assert begins(found[KILLED]) == [ASKS]
    assert found[FROZEN].dark_ns, "the standby takes over"
    assert not found[FROZEN].hurts


def test_a_look_at_the_process_does_not_see_one_that_hangs() -> None:
    found = of(CHECK)
    assert not found[KILLED].hurts
    assert found[HUNG].dark_ns is None
    assert begins(found[HUNG]) == [ASKS]


def test_the_worst_phase_of_the_checks_is_tried_with_each_of_the_adverts() -> None:
    """A check that has just run sees the death after two intervals; then the standby waits for its master-down."""
    interval = 10 * s
    dark = of(replace(CHECK, interval_ns=interval, weight=-60))[KILLED].dark_ns or 0
    assert 2 * interval + 3 * s < dark <= 2 * interval + 3_610 * ms


def test_a_weight_smaller_than_the_distance_of_priorities_moves_nothing() -> None:
    found = of(replace(CHECK, weight=-10))
    assert found[KILLED].dark_ns is None
    assert NO_WEIGHT in begins(found[KILLED])


@pytest.mark.parametrize("preempt, delay, line", [(False, 0, "no nopreempt"), (True, 30 * s, "no preempt_delay")])
def test_a_large_weight_moves_it_only_if_the_standby_may_take_it(preempt: bool, delay: int, line: str) -> None:  # noqa: FBT001
    """With ``preempt_delay`` the standby waits for all of it, though the owner cannot serve."""
    found = of(replace(CHECK, weight=-60), preempt=preempt, preempt_delay_ns=delay)
    assert found[KILLED].hurts
    assert (found[KILLED].dark_ns is None) is not preempt
    assert delay <= (found[KILLED].dark_ns or 0)
    assert {line, NO_WEIGHT} <= set(begins(found[KILLED]))
    assert not of(replace(CHECK, weight=-60))[KILLED].hurts


def test_a_sync_group_waits_while_one_member_still_hears_the_owner() -> None:
    """keepalived #2169: the group of the standby takes over only if *every* instance hears no advert.

    The way out of the owner's card outside is silent; inside it is heard.
    """
    pair = of_site("edge-sync-group", recorded("edge-sync-group")).pair()
    silent = f"blackhole {pair.owner}.eth0 --direction out"
    pair.words = {word: pair.words[word] for word in (silent, f"link-down {pair.owner}.eth0")}
    found = {each.word: each for each in held(pair, ())}
    assert (found[silent].dark_ns, found[silent].ended_by) == (None, ())
    assert not found[f"link-down {pair.owner}.eth0"].hurts, "a carrier is seen: the group is in FAULT"


def test_what_the_model_cannot_know_is_no_finding() -> None:
    line = "external: script chk: it is taken as succeeding"
    found = of(left_out=(line,))
    assert (found[KILLED].hurts, found[KILLED].untold) == (False, line)
    assert not found[FROZEN].untold


def test_what_is_printed_tells_hurt_from_survived_and_from_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    show_held(
        (
            Held("a", None, hurts=True, ended_by=("one", "two")),
            Held("b", 33_500 * ms, hurts=True),
            Held("c", 1_200 * ms),
            Held("d", 0),
            Held("e", untold="why"),
        )
    )
    told = capsys.readouterr().out.splitlines()[2:]
    assert told == [
        "  a: some customers are without service until it ends",
        "    ends with: one; two",
        "  b: some customers are without service for 33.5 s, longer than checks and takeover need",
        "    ends with: none of the lines that were tried",
        "  the other 2: customers are served meanwhile, after 1.2 s at most (c)",
        "  e: not known (why)",
    ]


def test_runs_that_wait_as_long_as_their_interval_come_half_as_often() -> None:
    """A run that is due while the one before waits is left out: 10 failures at 2 s need 40 s, and not 22 s."""
    waiting = Watch("script", "chk", "answer", interval_ns=2 * s, waits_ns=2 * s, fall=10)
    found = of(waiting)[HUNG]
    assert 36 * s < (found.dark_ns or 0) <= 41 * s
    assert not found.hurts


def test_a_check_that_asks_is_named_where_adverts_are_quick() -> None:
    """The bound of what is added: two runs that wait a second each, and the one between them that is left out."""
    pair = of_configuration("advert-100ms", compose.topology(())).pair("external")
    pair.words = {HUNG: pair.words[HUNG]}
    (found,) = held(pair, ())
    assert begins(found) == [ASKS]
