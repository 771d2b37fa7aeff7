"""Who is served by the probes of the last second, and whose probes are late: over records as they are written."""

from pathlib import Path

import numpy as np
import pytest

from harness.experiment.probes import LOOKED_AT_NS, NEWEST, Probes, late, newest_successes, unserved
from harness.history import store
from harness.model.requests import DTYPE, RECORD, Outcome, Stream
from harness.model.units import ms, s
from harness.recovery.estimator import GOOD_WITHIN_NS
from harness.recovery.vantage import STEADY_NS
from tests.unit.experiment.labs import TOPOLOGY, FakeRun

NOW = 100 * s  # of the fake's clock
US, *OTHERS = TOPOLOGY.vantages
BAD = Outcome.reset


@pytest.fixture
def run(tmp_path: Path) -> FakeRun:
    return FakeRun(tmp_path)


def probes(*done_ago_ns: int, outcome: int = Outcome.ok, stream: int = Stream.probe) -> Probes:
    """Probes whose outcome became known so long ago, 1 ms after each was due."""
    records = np.zeros(len(done_ago_ns), DTYPE)
    records["done"] = NOW - np.array(done_ago_ns, dtype=np.int64)
    records["due"] = records["sent"] = records["done"] - ms
    records["outcome"], records["stream"], records["status"] = outcome, stream, 200
    return records


def ago(n: int, newest_ns: int) -> list[int]:
    """`n` of them, each 1 ms before the next."""
    return [newest_ns + number * ms for number in range(n)][::-1]


def written(run: FakeRun, *pieces: Probes, torn: int = 0) -> FakeRun:
    """Of the first vantage point; the others have 200 good ones of the last second."""
    content = {US: pieces} | {other: (probes(*ago(200, 1)),) for other in OTHERS}
    for vantage, records in content.items():
        data = b"".join(each.tobytes() for each in records)
        store.requests_path(run.folder, vantage).write_bytes(data + b"\0" * (torn if vantage == US else 0))
    return run


def said(run: FakeRun) -> list[str]:
    return list(unserved(run.as_run))


@pytest.mark.parametrize("bad, reasons", [(1, []), (2, [f"{US} is served 20 times of 22 (mostly reset)"])])
def test_one_bad_one_in_a_second_is_allowed(run: FakeRun, bad: int, reasons: list[str]) -> None:
    """As a step's validity allows it."""
    assert said(written(run, probes(*ago(20, 100 * ms)), probes(*ago(bad, 1), outcome=BAD))) == reasons


def test_the_second_that_a_steps_validity_judges_has_passed() -> None:
    """It ends `GOOD_WITHIN_NS` before the first effect, which may come as soon as the pair is steady."""
    assert LOOKED_AT_NS > STEADY_NS + GOOD_WITHIN_NS


@pytest.mark.parametrize("ago_ns, counted", [(LOOKED_AT_NS, True), (LOOKED_AT_NS + 1, False)])
def test_what_became_known_so_long_ago_counts(run: FakeRun, ago_ns: int, *, counted: bool) -> None:
    good = probes(*ago(30, 1))
    assert bool(said(written(run, probes(ago_ns, ago_ns, outcome=BAD), good))) == counted


def test_of_fewer_than_20_in_a_second_the_last_20_count(run: FakeRun) -> None:
    """At 5 arrivals a second: as many as a step's validity asks for."""
    slow = probes(*ago(20, 2 * s))
    assert said(written(run, probes(5 * s, 4 * s, outcome=BAD), slow)) == []
    reason = f"{US} is served 18 times of 20 (mostly reset)"
    assert said(written(run, probes(5 * s, 4 * s, outcome=BAD), slow[2:])) == [reason]


def test_of_fewer_than_20_at_all_every_one_counts(run: FakeRun) -> None:
    reason = f"{US} is served 3 times of 5 (mostly reset)"
    assert said(written(run, probes(5 * s, 4 * s, outcome=BAD), probes(*ago(3, 2 * s)))) == [reason]
    assert said(written(run, probes(*ago(3, 2 * s)))) == []


@pytest.mark.parametrize("ago_ns, share", [(s, 0.75), (s + 1, 1.0)])
def test_a_stop_condition_goes_by_what_became_known_in_the_last_second(run: FakeRun, ago_ns: int, share: float) -> None:
    others = dict.fromkeys(OTHERS, 1.0)
    seen = written(run, probes(ago_ns, outcome=BAD), probes(*ago(3, 1)))
    assert newest_successes(seen.as_run) == {US: share} | others


def test_a_second_without_a_probe_says_nothing(run: FakeRun) -> None:
    """It is neither good nor bad: no condition is met by it."""
    assert newest_successes(written(run, probes(2 * s)).as_run)[US] is None
    assert newest_successes(written(run, probes(1, stream=Stream.background)).as_run)[US] is None


def test_without_any_probe_nobody_is_served(run: FakeRun) -> None:
    reason = f"{US} is served 0 times of 0"
    assert said(written(run)) == [reason]
    assert said(written(run, probes(*ago(30, 1), stream=Stream.background))) == [reason]
    store.requests_path(run.folder, US).unlink()
    assert said(run) == [reason]


def test_they_count_by_when_their_outcome_became_known(run: FakeRun) -> None:
    """They are written in the order of their outcomes, but by several threads."""
    assert said(written(run, probes(*ago(30, 1)), probes(3 * s, 3 * s, outcome=BAD))) == []


@pytest.mark.parametrize("more, counted", [(0, True), (1, False)])
def test_of_a_file_that_has_grown_for_hours_the_newest_2000_are_read(run: FakeRun, more: int, *, counted: bool) -> None:
    assert NEWEST == 2_000
    good = probes(*[1] * (1_998 + more))
    assert bool(said(written(run, probes(2, 2, outcome=BAD), good))) == counted


@pytest.mark.parametrize("torn", [0, 1, RECORD.size - 1])
def test_a_record_that_is_being_written_is_not_read(run: FakeRun, torn: int) -> None:
    assert said(written(run, probes(*ago(20, 2)), probes(1, 1, outcome=BAD), torn=torn)) == [
        f"{US} is served 20 times of 22 (mostly reset)"
    ]


@pytest.mark.parametrize(
    "fields, what",
    [
        ({"outcome": Outcome.http_error, "status": 403}, "403"),
        ({"outcome": Outcome.http_error, "status": 0}, "answers that are no TLS or HTTP"),
        ({"outcome": Outcome.connect_timeout, "status": 0}, "connect timeout"),
        ({"due": NOW - 60 * s, "status": 200}, "answered late"),
    ],
)
def test_what_most_of_the_others_came_to_is_told(run: FakeRun, fields: dict[str, int], what: str) -> None:
    bad = probes(3, 2, 1)
    for name, value in fields.items():
        bad[name] = value
    found = said(written(run, probes(1, 1, outcome=Outcome.eof), bad))
    assert found == [f"{US} is served 0 times of 5 (mostly {what})"]


def sent(*late_ns: int) -> Probes:
    """One every 5 ms, each sent so late."""
    records = probes(*[0] * len(late_ns))
    records["due"] = NOW + np.arange(len(late_ns)) * 5 * ms
    records["sent"] = records["due"] + np.array(late_ns)
    return records


def busy(run: FakeRun, since: int = 0) -> list[str]:
    return list(late(run.as_run, dict.fromkeys(TOPOLOGY.vantages, 0) | {US: since}))


@pytest.mark.parametrize(
    "late_ns, reasons",
    [
        ([25 * ms] * 10, []),  # at the bound of 5 intervals
        ([25 * ms + 1] * 10, [f"100.0% of {US}'s arrivals were late by more than 25 ms."]),
        ([*[26 * ms] * 2, *[0] * 198], []),  # 1 %, and no more than that
        ([*[26 * ms] * 3, *[0] * 197], [f"1.5% of {US}'s arrivals were late by more than 25 ms."]),
        ([26 * ms] * 2, [f"100.0% of {US}'s arrivals were late by more than 25 ms."]),
        ([26 * ms], []),  # of one nobody knows at which rate it was to come
        ([], []),
    ],
)
def test_whose_probes_are_late(run: FakeRun, late_ns: list[int], reasons: list[str]) -> None:
    assert busy(written(run, sent(*late_ns))) == reasons


@pytest.mark.parametrize("offset", [0, 7])
def test_what_was_recorded_before_is_left_out(run: FakeRun, offset: int) -> None:
    """`since` may lie within a record that was being written, as the last one still is."""
    records = sent(*[26 * ms] * 4, *[0] * 10)
    assert busy(written(run, records), 4 * RECORD.size + offset) == []
    assert busy(written(run, records, torn=5), 2 * RECORD.size + offset) == [
        f"16.7% of {US}'s arrivals were late by more than 25 ms."
    ]
