"""The soak's deaths, its foreign things, and durations of faults: what is drawn, counted and demanded."""

import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from harness import faults
from harness.bench import vocabulary
from harness.bench.deaths import Death, Seen, Victim
from harness.bench.machine import Machine
from harness.bench.parts import durations
from harness.bench.report import PartReport, report
from harness.bench.soak.deaths import ROUND, drawn, sentence
from harness.bench.soak.deaths import unmet as unmet_deaths
from harness.bench.soak.foreign import unmet
from harness.faults import Fault
from harness.lab.compose import overlays, topology
from harness.model.errors import NotMeasured
from harness.model.events import AnyEvent, OpApplied, OpReleased
from harness.model.ops import AnyOp, Drop, ServiceKilled, plan
from harness.model.outcome import FaultOutcome, PartOutcome
from harness.model.units import ms, s
from scripts.tables import DURATIONS, shares

DROP, DOWN = Drop("trunk.a", "ingress"), ServiceKilled("api-1", "api")
LAB = topology(overlays())


def death(victim: Victim, network_ms: float | None, all_ms: float | None, *left: str) -> Death:
    return Death("blackhole", victim, 1.25, 2, network_ms, all_ms, left)


@pytest.mark.parametrize(
    "one, reasons",
    [
        (death("client", 12, 12), 0),
        (death("client", 501, 501), 1),
        (death("stream", 0, 3_001), 1),
        (death("stopped", 5_400, 7_900), 0),
        (death("stopped", 5_600, 5_600), 1),
        (death("hand", 2_900, 2_900), 0),
        (death("hand", 3_100, 3_100), 2),
        (death("client", None, None), 0),
        (death("client", 1, 1, "network-agent: qdisc"), 1),
    ],
)
def test_what_is_left_and_what_is_late_is_told(one: Death, reasons: int) -> None:
    assert len(list(one.unmet)) == reasons


def test_every_fault_comes_before_any_comes_again() -> None:
    names = list(vocabulary.arguments())
    pairs = list(drawn(names, 2 * len(names) + 3, random.Random(1)))
    assert Counter(fault for fault, _ in pairs[: len(names)]) == dict.fromkeys(names, 1)
    assert len(pairs) == 2 * len(names) + 3
    assert {victim for _, victim in pairs[: len(ROUND)]} == set(ROUND)


def test_of_three_hundred_deaths_two_hundred_and_ten_are_of_clients_and_sixty_of_agents() -> None:
    victims = Counter(victim for _, victim in drawn(list(vocabulary.arguments()), 300, random.Random(1)))
    assert victims["client"] + victims["stream"] == 210
    assert victims["hand"] + victims["service"] == 60


def test_the_vocabulary_is_the_folder() -> None:
    """Each one by its example, and each can be planned."""
    files = {path.stem for path in Path(faults.__path__[0]).glob("*.py")} - {"__init__", "fault"}
    of_the_usual_lab = {name for name in files if not getattr(faults, name).network}
    assert vocabulary.arguments().keys() == of_the_usual_lab
    assert files - of_the_usual_lab == {"flush_suppressed", "reconvergence_late", "ring_loop"}
    assert vocabulary.arguments()["rate"] == ("rate", "lb-ext-1", "--limit", "2Mbit")


def test_what_must_be_leased_for_it() -> None:
    fault: Fault = faults.blackhole("lb-ext-1.external")
    assert vocabulary.targets(fault.plan(LAB)) == ("lb-ext-1.external",)


def test_a_duration_that_a_fault_does_not_take_is_told_in_its_own_words() -> None:
    with pytest.raises(NotMeasured, match=r"power_cut: .*400 ms"):
        vocabulary.planned("power_cut", 200 * ms)
    assert vocabulary.planned("blackhole", 200 * ms) == faults.blackhole("lb-ext-1", duration=200 * ms).plan(LAB)


def applied(op: AnyOp, t: int, error: str = "") -> OpApplied:
    return OpApplied(t, 1, 0, op, t, t, error=error)


def released(op: AnyOp, t: int, error: str = "") -> OpReleased:
    return OpReleased(t, 1, 0, op, t, t, error=error)


def seen(*events: AnyEvent) -> Seen:
    made = Seen()
    for event in events:
        made.feed.take(event)
    return made


def test_what_was_held_at_the_death_and_when_the_last_was_released() -> None:
    told = seen(applied(DROP, 1 * s), applied(DOWN, 1 * s), applied(DROP, 3 * s, "no such port"))
    assert told.held(1 * s - 1) == 0
    assert told.held(2 * s) == 2
    assert told.released(2 * s) is None
    told.feed.take(released(DROP, 2 * s + 7 * ms))
    told.feed.take(released(DOWN, 2 * s + 90 * ms))
    told.feed.take(released(DOWN, 9 * s, "it did not start"))
    assert told.held(3 * s) == 0
    assert told.released(2 * s, "network-agent") == 7
    assert told.released(2 * s) == 90


def test_the_sentence_counts_what_was_in_force() -> None:
    idle = msgspec.structs.replace(death("client", None, None), held=0)
    told = sentence([death("client", 12, 15), death("hand", 900, 900), idle, death("stream", 9, 9, "a file")])
    assert told.startswith("3 of 4 deaths left nothing and were in time; a fault was in force in 3, of 1 kinds.")
    assert "client: 15 (n = 1)" in told


def test_deaths_while_nothing_was_held_show_nothing() -> None:
    idle = msgspec.structs.replace(death("client", None, None), held=0)
    assert list(unmet_deaths([idle, idle, death("client", 1, 1)])) == ["A fault was in force in only 1 of 3 deaths."]
    assert not list(unmet_deaths([idle, death("client", 1, 1)]))


def outcome(*pairs: tuple[float | None, float | None]) -> FaultOutcome:
    return FaultOutcome(None, None, None, tuple(PartOutcome("op", asked, got) for asked, got in pairs))


def test_the_part_counts_that_was_furthest_from_what_was_asked() -> None:
    told = durations.furthest_ms(outcome((0.2, 0.2001), (0.2, 0.1985), (None, 0.3), (0.2, None)))
    assert told == pytest.approx(1.5)
    with pytest.raises(NotMeasured):
        durations.furthest_ms(outcome((None, 0.2)))


def test_only_what_the_network_agent_does_alone_has_bounds() -> None:
    off = [0.01] * 19 + [1.7]
    network = durations.of("blackhole", 200 * ms, plan([DROP], 200 * ms), off)
    assert network.met is True
    assert network.values["over 1 ms"] == 1
    assert durations.of("blackhole", 200 * ms, plan([DROP], 200 * ms), [0.2] * 20).met is False
    assert durations.of("killed", 200 * ms, plan([DOWN], 200 * ms), off).met is None


def test_durations_are_kept_for_a_table_of_their_own() -> None:
    machine = Machine(2, 7.8, "6.18", "Debian 12", "x86_64", "20.10.24", "2.26.1", 1, "tsc", "")
    durations_part, up = PartReport("durations", 0.1, ()), PartReport("up", 0.2, ())
    assert shares(report(machine, [durations_part, up])) == {DURATIONS: [durations_part], "bench.json": [up]}
    assert shares(report(machine, [durations_part])).keys() == {DURATIONS}


@pytest.mark.parametrize(
    "told, reasons",
    [
        ("tests/lab/test_foreign.py::test_a PASSED [ 50%]\n", 0),
        ("tests/lab/test_foreign.py::test_a FAILED [ 50%]\ntests/lab/test_foreign.py::test_b PASSED\n", 1),
        ("tests/lab/test_foreign.py::test_a SKIPPED (no lab)\n", 1),
        ("", 1),
    ],
)
def test_a_test_that_did_not_pass_is_no_pass(told: str, reasons: int) -> None:
    assert len(list(unmet(told, 0))) == reasons
