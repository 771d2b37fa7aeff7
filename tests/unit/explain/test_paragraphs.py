"""Over every recorded history: each violated check has a paragraph, and each number in it is in the recording."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from harness import checks
from harness.explain import ALL, UNKNOWN
from harness.explain._scene import Scene
from harness.history import History, store
from harness.model.events import Event
from harness.model.outcome import Finding
from harness.model.requests import Stream
from tests.histories import numbered
from tests.unit.explain import grammar
from tests.unit.explain.raw_facts import Facts

DATA: Final = Path(__file__).parents[2] / "data"
RECORDINGS: Final = sorted(folder.parent.name for folder in DATA.glob("*/outcome.json"))


@cache
def history(recording: str) -> History:
    return store.load(DATA / recording)


@cache
def violated(recording: str) -> tuple[tuple[int, str, Finding], ...]:
    told = history(recording)
    found = ((*each, check(told, told.step(*each))) for each in told.steps for check in checks.ALL.values())
    return tuple(each for each in found if each[2].violated)


CASES: Final = [(recording, *each) for recording in RECORDINGS for each in violated(recording)]
IDS: Final = [f"{recording}-{step}-{finding.name}" for recording, _, step, finding in CASES]


@cache
def told_of(recording: str, *, with_numbers: bool = False) -> History:
    return numbered(history(recording)) if with_numbers else history(recording)


@cache
def whole(recording: str, trial: int, step: str, name: str, *, with_numbers: bool = False) -> tuple[str, ...]:
    (finding,) = [f for t, s, f in violated(recording) if (t, s, f.name) == (trial, step, name)]
    return paragraph(told_of(recording, with_numbers=with_numbers), trial, step, finding)


def paragraph(told: History, trial: int, step: str, finding: Finding) -> tuple[str, ...]:
    return ALL[finding.name].because(Scene(told, told.step(trial, step), finding))


def claims(sentences: tuple[str, ...]) -> list[str]:
    return [sentence for sentence in sentences if not sentence.startswith(UNKNOWN)]


@pytest.mark.parametrize("recording,trial,step,finding", CASES, ids=IDS)
def test_each_number_is_in_the_recording(recording: str, trial: int, step: str, finding: Finding) -> None:
    facts = Facts(DATA / recording, trial, step)
    told = claims(whole(recording, trial, step, finding.name))
    assert told
    assert [why for sentence in told if (why := grammar.wrong(facts, sentence))] == []


def kinds(told: History) -> list[type[Event]]:
    return sorted({type(event) for event in told.events}, key=lambda kind: kind.__name__)


def more(now: tuple[str, ...], known: tuple[str, ...]) -> list[str]:
    """Claims that are neither in the whole paragraph nor the beginning of a sentence of it."""
    return [each for each in claims(now) if not any(sentence.startswith(each.removesuffix(".")) for sentence in known)]


@pytest.mark.parametrize("with_numbers", [False, True], ids=["as recorded", "numbered"])
@pytest.mark.parametrize("recording", RECORDINGS)
def test_without_a_kind_of_events_no_paragraph_claims_more(recording: str, with_numbers: bool) -> None:  # noqa: FBT001
    told = told_of(recording, with_numbers=with_numbers)
    wrong = []
    for kind in kinds(told) if violated(recording) else ():
        reduced = replace(told, events=tuple(event for event in told.events if not isinstance(event, kind)))
        for trial, step, finding in violated(recording):
            if (trial, step) in reduced.steps:
                known = whole(recording, trial, step, finding.name, with_numbers=with_numbers)
                found = more(paragraph(reduced, trial, step, finding), known)
                wrong += [f"without {kind.__name__}, {finding.name}: {each}" for each in found]
    assert wrong == []


@pytest.mark.parametrize("recording", RECORDINGS)
def test_without_a_stream_of_requests_no_paragraph_claims_more(recording: str) -> None:
    told = history(recording)
    for stream in Stream:
        reduced = replace(told, requests=told.requests[told.requests["stream"] != stream])
        for trial, step, finding in violated(recording):
            now = paragraph(reduced, trial, step, finding)
            assert more(now, whole(recording, trial, step, finding.name)) == []


def test_a_wrong_number_is_noticed() -> None:
    """The grammar can fail: another instant, another count, another node, a sentence of no kind."""
    facts = Facts(DATA / "outage", 1, "blip")
    (right,) = [each for each in claims(whole("outage", 1, "blip", "no_stale_arp")) if each.startswith("None of")]
    assert grammar.wrong(facts, right) == ""
    assert grammar.wrong(facts, right.replace("the 3 adverts", "the 4 adverts"))
    assert grammar.wrong(facts, "lb-ext-2 took 10.77.0.100 at +0.332 s.")
    assert grammar.wrong(facts, "lb-ext-1 took 10.77.0.100 at +0.331 s.")
    assert grammar.wrong(facts, "The ARP entry of gw-2 led to lb-ext-1 from +0.331 s until the step ended.")
    assert grammar.wrong(facts, "lb-ext-2 was tired at +0.331 s.")
