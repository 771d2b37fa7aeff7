"""What happened, in order: of real trials, and of very many moments."""

from pathlib import Path
from typing import Final

import msgspec

from harness.history import History, store
from harness.model.ops import Drop
from harness.report.page.story import MOST, Moment, story
from harness.report.page.trial import Told, told
from tests.histories import LB2, HistoryBuilder

DATA: Final = Path(__file__).parents[3] / "data"


def moments(recording: str) -> list[tuple[float, str]]:
    """Seconds from the first effect, and the text."""
    history = store.load(DATA / recording)
    (trial,) = told(history, store.read_outcome(DATA / recording))
    return [(round((each.t - zero_of(trial)) / 1e9, 2), each.text) for each in of(history, trial)]


def of(history: History, trial: Told) -> tuple[Moment, ...]:
    assert trial.recorded
    found = story(history, trial.recorded, trial.outcome.steps if trial.outcome else ())
    assert not found.left_out
    return found.begin


def zero_of(trial: Told) -> int:
    assert trial.recorded
    return trial.recorded.zero


def test_june_13_in_words() -> None:
    said = moments("outage")
    assert (0.0, "drop trunk.b ingress begins") in said
    assert (0.33, "lb-ext-2 takes 10.77.0.100: lb-ext-1 and lb-ext-2 have it now") in said
    assert (0.33, "the entry of gw-2 for 10.77.0.100 leads to lb-ext-2") in said
    assert (0.57, "lb-ext-2 gives 10.77.0.100 up: lb-ext-1 has it now") in said
    assert (0.8, "drop trunk.a ingress ends, after 0.800 s") in said
    assert any(text == "customer-2 is dark from here to the end of blip" for _, text in said)
    assert [t for t, _ in said] == sorted(t for t, _ in said)


def test_of_a_censored_outage_no_end_is_told() -> None:
    history = store.load(DATA / "outage")
    (trial,) = told(history, store.read_outcome(DATA / "outage"))
    assert trial.recorded
    assert trial.outcome
    (step,) = trial.outcome.steps
    censored = {name: msgspec.structs.replace(seen, state="censored") for name, seen in step.vantages.items()}
    found = story(history, trial.recorded, (msgspec.structs.replace(step, vantages=censored),))
    dark = [each.text for each in found.begin if "customer-2 is dark" in each.text]
    assert dark == ["customer-2 is dark; whether it ended before the watch did is not known"]


def test_july_22_in_words() -> None:
    said = [text for _, text in moments("full")]
    assert "db-1 reads by the index ix_client" in said
    assert "lb-ext-1 is full: 200 of 200 sessions of api" in said


def test_an_op_that_a_later_step_ends_says_how_long_it_was_held() -> None:
    history = HistoryBuilder().drop("trunk.a", 0.0, 0.8).takes(LB2, 0.3).build()
    (trial,) = told(history, None)
    assert any(each.text.endswith("ends, after 0.800 s") for each in of(history, trial))


def test_of_very_many_moments_the_first_and_the_last_are_told_and_the_others_counted() -> None:
    builder = HistoryBuilder()
    for n in range(MOST):
        builder.op(Drop("trunk.a", "ingress"), n / 20, n / 20 + 0.01)
    history = builder.build()
    (trial,) = told(history, None)
    assert trial.recorded
    found = story(history, trial.recorded, ())
    assert len(found.begin) + len(found.end) == MOST
    assert found.left_out >= MOST
    assert found.end[-1].text.startswith("drop trunk.a ingress ends")
