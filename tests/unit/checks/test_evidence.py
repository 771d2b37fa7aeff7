"""Missing data is never a pass: whatever is taken out of a history, no check holds that did not hold before."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import checks
from harness.checks import _evidence
from harness.checks._evidence import Evidence
from harness.history import History, store
from harness.history.timeline import Interval
from harness.model.events import (
    AnyEvent,
    ArpSeen,
    Event,
    InterfaceCounted,
    Lag,
    Marked,
    ServiceChanged,
    VrrpDump,
    VrrpState,
)
from harness.model.ops import WRONG_INDEX, LinkDown, ServiceDown, Signal, SqlRoll
from harness.model.outcome import Judgement
from harness.model.requests import Stream
from harness.model.units import s
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, ns, numbered

DATA: Final = Path(__file__).parents[2] / "data"
KINDS: Final = {name: kind for name, kind in vars(_evidence).items() if isinstance(kind, Evidence)}
STREAMS: Final = {"probes": Stream.probe, "keep-alive requests": Stream.connected, "health checks": Stream.health}
UNPROVEN: Final[set[Judgement]] = {"violated", "inconclusive"}


def partition() -> HistoryBuilder:
    """Two owners until 50 ms after the heal; the survivor announces itself."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 2.0).drop("trunk.b", 0.0, 2.0).takes(LB2, 0.36).gives_up(LB2, 2.05)
    return story.announces(LB1, 2.02)


def full() -> HistoryBuilder:
    """A frontend fills, customers wait in the kernel's queue, and the VIP follows the load."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0).haproxy(LB1, 2.0, sessions=2000).queue(LB1, 2.0, 201)
    return story.requests(2.0, 9.0, done=2 * s).gives_up(LB1, 5.0).takes(LB2, 5.1)


def silent_takeover() -> HistoryBuilder:
    return HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.0).takes(LB2, 0.9, announces=False)


def frozen() -> HistoryBuilder:
    story = HistoryBuilder().op(Signal(LB1, "haproxy"), 0.0, 5.0).haproxy(LB1, 0.1, "silent").haproxy(LB1, 5.1)
    return story.dark(-0.5, 5.0).event(ServiceChanged(ns(0.0), LB1, "haproxy", "stopped"))


def planned_stop() -> HistoryBuilder:
    """The master says that it leaves; its standby takes longer than the skew."""
    story = HistoryBuilder().op(ServiceDown(LB1, "keepalived"), 0.0, 5.0).gives_up(LB1, 0.0).takes(LB2, 0.4)
    return story.event(story.advert(LB1, -0.001, priority=0))


def stranger() -> HistoryBuilder:
    """lb-ext-2 answers for a VIP that it does not hold, forwards, and does not stand by."""
    story = HistoryBuilder().says(LB2, 4.0, "FAULT").event(InterfaceCounted(ns(6.0), LB2, 7, forwarding=True))
    mac = story.mac(LB2)
    return story.event(ArpSeen(ns(5.0), f"{LB2}.external", True, mac, story.mac("gw-1"), 2, mac, VIP, "10.77.0.11"))


STORIES: Final[dict[str, Callable[[], HistoryBuilder]]] = {
    "built_planned_stop": planned_stop,
    "built_stranger": stranger,
    "built_wrong_port": lambda: HistoryBuilder().learns(3.0, "sw-b", LB1, "gw-2.external"),
    "built_wrong_plan": lambda: HistoryBuilder().database((2.0, 3_000_000, WRONG_INDEX)),
    "built_steady": HistoryBuilder,
    "built_june_13": june_13,
    "built_carrier_loss": lambda: carrier_loss().database(),
    "built_partition": partition,
    "built_full": full,
    "built_silent_takeover": silent_takeover,
    "built_frozen": frozen,
    "built_short": lambda: HistoryBuilder(watch_s=1.0).gives_up(LB1, 0.0).takes(LB2, 0.5),
}
HISTORIES: Final = (*STORIES, *(folder.parent.name for folder in sorted(DATA.glob("*/outcome.json"))))


RICH: Final = (*STORIES, "apart", "full", "outage", "tracked")
"""The stories that are tested most closely: they contain all kinds of evidence."""


@cache
def history(name: str, *, with_numbers: bool = False) -> History:
    found = STORIES[name]().build() if name in STORIES else store.load(DATA / name)
    return numbered(found) if with_numbers else found


@cache
def unproven(name: str, *, with_numbers: bool = False) -> tuple[tuple[tuple[int, str], str, Judgement], ...]:
    """(step, check, verdict) of those that do not hold in the whole history."""
    told = history(name, with_numbers=with_numbers)
    found = [(each, name, check(told, told.step(*each))) for each in told.steps for name, check in checks.ALL.items()]
    return tuple((each, name, finding.verdict) for each, name, finding in found if finding.verdict in UNPROVEN)


def without(told: History, *kinds: type[Event]) -> History:
    return replace(told, events=tuple(event for event in told.events if not isinstance(event, kinds)))


def proven(name: str, reduced: History, *, with_numbers: bool = False) -> list[str]:
    """Checks that hold, or do not apply, only because evidence is missing. A step that is gone is not judged."""
    if whole(history(name, with_numbers=with_numbers), reduced):
        return []
    judged = [
        (each, check, before, checks.ALL[check](reduced, reduced.step(*each)))
        for each, check, before in unproven(name, with_numbers=with_numbers)
        if each in reduced.steps
    ]
    assert not [now.sentence for *_, now in judged if "The check itself failed" in now.sentence]
    return [
        f"{check} of {each}: {before} → {now.verdict}: {now.sentence}"
        for each, check, before, now in judged
        if now.verdict not in UNPROVEN
    ]


def whole(told: History, reduced: History) -> bool:
    """Was nothing taken out? A check is pure: it says the same again."""
    return (len(told.events), len(told.requests)) == (len(reduced.events), len(reduced.requests))


def lacking(told: History, kind: Evidence, subject: str = "") -> History:
    """Without a kind of evidence; with `subject`, only without what tells of that node or switch."""
    if kind.name in STREAMS:
        number, requests = told.topology.vantage_numbers.get(subject), told.requests
        others = (requests["stream"] != STREAMS[kind.name]) | ((requests["vantage"] != number) & bool(subject))
        return replace(told, requests=requests[others])
    kept = (e for e in told.events if not isinstance(e, kind.events) or (subject and subject_of(e) != subject))
    return replace(told, events=tuple(kept))


def subject_of(event: AnyEvent) -> str:
    """The node or switch that a state or a sample is of. Frames have none: one port's may rightly be absent."""
    return str(getattr(event, "node", getattr(event, "switch", "")))


def subjects(told: History, kind: Evidence) -> list[str]:
    if kind.name in STREAMS:
        return list(told.topology.vantages)
    return sorted({subject_of(event) for event in told.events if isinstance(event, kind.events)} - {""})


TOLD: Final = sorted(KINDS.keys() - {"STRUCTURE"})
"""Kinds that are missed in a history without numbers, too."""


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("name", RICH)
def test_a_kind_that_is_missing_proves_nothing(name: str, kind: str) -> None:
    assert proven(name, lacking(history(name), KINDS[kind])) == []


@pytest.mark.parametrize("name", RICH)
def test_a_kind_of_event_that_is_missing_proves_nothing(name: str) -> None:
    """Each for itself; ops are missed by their numbers only."""
    told = history(name)
    for kind in {kind for evidence in TOLD for kind in KINDS[evidence].events} - {VrrpDump, VrrpState}:
        assert proven(name, without(told, kind)) == [], kind
    assert proven(name, without(told, VrrpDump, VrrpState)) == []


def test_a_service_without_an_event_is_missed() -> None:
    """Without it a HAProxy that ended seems fit by its last sample, and a keepalived by its last state."""
    story = HistoryBuilder().event(ServiceChanged(ns(5.0), LB2, "keepalived", "down"))
    told = story.event(ServiceChanged(ns(9.95), LB1, "haproxy", "down")).build()
    step = told.step(*told.steps[0])
    assert checks.redundancy_restored(told, step).violated
    finding = checks.redundancy_restored(without(told, ServiceChanged), step)
    assert finding.inconclusive
    for service in ("keepalived of lb-ext-1", "keepalived of lb-ext-2", "haproxy of lb-ext-1", "haproxy of lb-ext-2"):
        assert f"the service {service}" in finding.sentence


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_kind_that_is_missing_of_one_subject_proves_nothing(data: st.DataObject) -> None:
    """Of one node, cache, switch or vantage point alone, in any history."""
    name, kind = data.draw(st.sampled_from(HISTORIES)), KINDS[data.draw(st.sampled_from(TOLD))]
    told = history(name)
    subject = data.draw(st.sampled_from(["", *subjects(told, kind)]))
    assert proven(name, lacking(told, kind, subject)) == []


def test_other_streams_of_a_vantage_point_do_not_stand_in_for_its_probes() -> None:
    """customer-2 alone loses service when lb-ext-1 takes the VIP back. Its keep-alive connection goes on."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).gives_up(LB1, 0.0).takes(LB2, 0.3)
    story.gives_up(LB2, 3.0).takes(LB1, 3.0).served_by(LB2, 0.3, 3.0).served_by(LB1, 3.0, 10.0)
    told = story.caches(2.9, gw_2=LB2).caches(3.7, gw_2=LB1).dark(3.0, 3.7, "customer-2").build()
    alive = told.requests[told.requests["vantage"] == 2].copy()
    alive["stream"] = Stream.connected
    requests = np.concatenate([told.requests, alive])
    told = replace(told, requests=requests[np.argsort(requests["due"], kind="stable")])
    step = told.step(*told.steps[0])
    assert checks.failback_is_an_outage(told, step).violated
    finding = checks.failback_is_an_outage(lacking(told, _evidence.PROBES, "customer-2"), step)
    assert finding.inconclusive
    assert finding.sentence.startswith("Missing: probes of customer-2, from ")


@pytest.mark.parametrize("name", sorted(checks.ALL))
@pytest.mark.parametrize("story", ["built_carrier_loss", "full"])
def test_a_kind_that_is_missing_is_named(story: str, name: str) -> None:
    """No check that holds becomes violated. A violation that was seen stays one."""
    told, check = history(story), checks.ALL[name]
    step = told.step(*told.steps[0])
    before = check(told, step)
    for kind in {*check.needs, *check.needs_to_hold} - {_evidence.HEALTH}:  # a run may have none
        now = check(lacking(told, kind), step)
        assert now.inconclusive or (before.violated and now.violated and kind in check.needs_to_hold), kind.name
        assert now.violated or now.sentence.count("Missing: ") >= 1, now


def test_health_checks_of_one_vantage_point_are_missed_where_others_ask() -> None:
    told = history("full")
    step = told.step(*told.steps[0])
    assert not checks.health_checks_frozen(told, step).sentence.startswith("Missing")
    lacks = _evidence.missing(
        lacking(told, _evidence.HEALTH, "customer-2"), step, told.topology.vips, [_evidence.HEALTH]
    )
    assert lacks == "Missing: health checks of customer-2."
    without = lacking(told, _evidence.HEALTH)
    assert _evidence.missing(without, step, told.topology.vips, [_evidence.HEALTH]) == ""


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("name", ["built_carrier_loss", "together"])
def test_without_a_kind_of_evidence_nothing_becomes_violated(name: str, kind: str) -> None:
    told = history(name)
    step = told.step(*told.steps[0])
    fine = [check for check in checks.ALL.values() if not check(told, step).violated]
    reduced = lacking(told, KINDS[kind])
    assert [check.name for check in fine if check(reduced, step).violated] == []


@pytest.mark.parametrize("name", sorted(checks.ALL))
def test_an_empty_history_proves_nothing(name: str) -> None:
    told = history("built_june_13")
    step = told.step(*told.steps[0])
    finding = checks.ALL[name](replace(told, events=(), requests=told.requests[:0]), step)
    assert finding.inconclusive
    assert "the marks of step blip" in finding.sentence


AGENTS: Final = ("hand", "eye", "service")


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_time_that_is_missing_proves_nothing(data: st.DataObject) -> None:
    """Of one agent, or of all."""
    name = data.draw(st.sampled_from(HISTORIES))
    told = history(name, with_numbers=True)
    agents = data.draw(st.sampled_from([*((agent,) for agent in AGENTS), AGENTS]))
    first, last = told.events[0].t, told.events[-1].t
    since = data.draw(st.integers(first, last))
    gone = Interval(since, since + data.draw(st.integers(1, last - first)))
    kept = (e for e in told.events if not (gone.begin <= e.t < gone.end and e.told_by in agents))
    assert proven(name, replace(told, events=tuple(kept)), with_numbers=True) == []


@pytest.mark.parametrize("name", RICH)
def test_numbers_tell_of_any_kind_that_is_missing(name: str) -> None:
    """Ops too, which no check misses in a history without numbers."""
    told = history(name, with_numbers=True)
    for kind in {type(event) for event in told.events} - {Marked}:
        assert proven(name, without(told, kind), with_numbers=True) == [], kind


def test_a_stream_that_begins_within_the_step_is_missed() -> None:
    """The baseline has no numbers. A record of the eye from +1 s on lacks a takeover at +0.9 s."""
    told = history("built_silent_takeover", with_numbers=True)
    baseline = tuple(msgspec.structs.replace(event, serial=0) for event in told.events if event.t == told.events[0].t)
    later = tuple(e for e in told.events[len(baseline) :] if e.told_by != "eye" or e.t > ns(1.0))
    begun = replace(told, events=tuple(e for e in baseline if not isinstance(e, Lag)) + later)
    finding = checks.takeover_announced(begun, begun.step(*begun.steps[0]))
    assert finding.inconclusive
    assert finding.sentence.startswith("Missing: events of the agent eye before +1.")
