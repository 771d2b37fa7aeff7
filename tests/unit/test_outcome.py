"""The shape that others read."""

import json
from typing import get_args

import msgspec
import pytest

from harness import checks
from harness.model.machine_load import MachineLoad, Share
from harness.model.outcome import (
    VERSION,
    Finding,
    Judgement,
    RunOutcome,
    StepOutcome,
    TestOutcome,
    TrialOutcome,
    VantageOutcome,
    decode_outcome,
    encode_outcome,
)
from harness.recovery import fault_outcome, vantage_outcomes
from tests.histories import june_13


def outcome() -> RunOutcome:
    history, step = june_13().judged()
    blip = StepOutcome(
        name="blip",
        action="blackhole trunk",
        watch_s=10.0,
        fault=fault_outcome(history, step),
        vantages=vantage_outcomes(history, step),
        arp=history.arp(step.ends_ns),
        checks=tuple(check(history, step) for check in checks.ALL.values()),
        measures={"owner": "lb-ext-1"},
    )
    test = TestOutcome("test_outage", "reproduction", "reproduced", "passed", (TrialOutcome(True, (), (blip,)),))
    return RunOutcome("june_13", "passed", "June 13 reproduced 1/1.", "runs/1", (test,))


def test_json_is_what_was_promised() -> None:
    document = json.loads(encode_outcome(outcome()))
    assert {"experiment", "verdict", "sentence", "run", "tests"} <= document.keys()
    (test,) = document["tests"]
    assert (test["name"], test["intent"], test["outcome"]) == ("test_outage", "reproduction", "reproduced")
    (step,) = test["trials"][0]["steps"]
    assert step["fault"].keys() == {"asked_s", "achieved_s", "wire_s", "parts"}
    assert step["arp"] == {"gw-1": "lb-ext-1", "gw-2": "lb-ext-2", "customer-3": "lb-ext-2"}
    assert step["vantages"]["customer-1"]["recovery_s"] == 0.0
    assert step["vantages"]["customer-2"]["recovery_s"] is None
    assert [seen["state"] for seen in step["vantages"].values()] == ["unaffected", "down", "down"]
    assert {"success", "bad_seconds", "relapses"} <= step["vantages"]["customer-3"].keys()
    verdicts = {finding["name"]: finding["verdict"] for finding in step["checks"]}
    assert verdicts["no_stale_arp"] == "violated"
    assert verdicts["pair_agrees"] == "holds"


def test_it_is_indented_and_says_its_version() -> None:
    """Whoever reads it with another harness knows which words to expect."""
    text = encode_outcome(RunOutcome("june_13", "passed", "Nothing ran.", "runs/1", ())).decode()
    assert text.splitlines()[:2] == ["{", '  "experiment": "june_13",']
    assert VERSION == json.loads(text)["version"] == 1


@pytest.mark.parametrize("verdict", get_args(Judgement))
def test_a_finding_is_one_of_four(verdict: Judgement) -> None:
    """Only *holds* holds: missing evidence is no success, and no violation."""
    finding = Finding("pair_agrees", verdict, "A sentence.")
    told = [finding.holds, finding.violated, finding.inconclusive, finding.not_applicable]
    assert told == [verdict == word for word in ("holds", "violated", "inconclusive", "not applicable")]


@pytest.mark.parametrize(
    "state, served",
    [("unaffected", True), ("recovered", True), ("down", False), ("censored", None), ("no arrivals", None)],
)
def test_whether_a_vantage_point_is_served_in_the_end(state: str, served: bool | None) -> None:  # noqa: FBT001
    """None where too few arrivals came to tell."""
    seen = outcome().tests[0].trials[0].steps[0].vantages["customer-1"]
    assert msgspec.structs.replace(seen, state=state).served is served


def test_pytest_takes_an_outcome_for_no_test() -> None:
    assert not TestOutcome.__test__


def test_it_is_read_back_as_written() -> None:
    assert decode_outcome(encode_outcome(outcome())) == outcome()


@pytest.mark.parametrize(
    "affected, recovery_s, success, state",
    [
        (False, 0.0, 1.0, "unaffected"),
        (True, 0.5, 1.0, "recovered"),
        (True, None, 0.0, "down"),  # it had no other word for whoever was not known to be served again
        (False, 0.0, None, "no arrivals"),  # it said "unaffected"
    ],
)
def test_an_outcome_of_before_there_were_states_has_them(
    affected: bool,  # noqa: FBT001
    recovery_s: float | None,
    success: float | None,
    state: str,
) -> None:
    old = outcome().tests[0].trials[0].steps[0].vantages["customer-1"]
    document = msgspec.to_builtins(old) | {"affected": affected, "recovery_s": recovery_s, "success": success}
    del document["state"]
    assert msgspec.convert(document, VantageOutcome).state == state


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.verdict"):
        decode_outcome(encode_outcome(outcome()).replace(b'"verdict": "passed"', b'"verdict": "fine"', 1))


def test_the_machine_of_a_step_is_told_where_it_was_recorded() -> None:
    """An outcome of before has no such figures, and is read as before."""
    old = msgspec.to_builtins(outcome().tests[0].trials[0].steps[0])
    del old["machine"]
    assert msgspec.convert(old, StepOutcome).machine is None
    load = {"busy": {"mean": 0.5, "most": 0.75}, "stolen": None, "waited": {"mean": 0.25, "most": 1.0}}
    step = msgspec.convert(old | {"machine": load}, StepOutcome)
    assert step.machine == MachineLoad(Share(0.5, 0.75), None, Share(0.25, 1.0))
    assert msgspec.to_builtins(step)["machine"] == load
