"""The latency of probes in the picture: no long one, and no failed one, vanishes in a column."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from harness.export import Recorded
from harness.export._latency import Column, failures, height, latencies, medians, ranges, upright
from harness.export._requests import Strip, classes, strips
from harness.export._strip import COLUMNS, columns
from harness.export.svg import document
from harness.history.timeline import Interval
from harness.model.requests import DTYPE, Outcome, Stream
from harness.model.units import ms, s
from tests.unit.export.nasty import OUTAGE

WINDOW = Interval(5 * s, 5 * s + COLUMNS * s)
AXIS = upright(40, 0)


def strip(*requests: tuple[float, float, Outcome]) -> Strip:
    """(second of the window in which it is due, ms that it took, what came of it)."""
    found = np.zeros(len(requests), DTYPE)
    for record, (due, took, outcome) in zip(found, requests, strict=True):
        record["due"] = WINDOW.begin + round(due * s)
        record["done"] = record["due"] + round(took * ms)
        record["outcome"] = outcome
    return Strip("customer1", Stream.probe, found, classes(found))


SEEN = strip(
    (0.1, 2, Outcome.ok), (0.2, 4, Outcome.ok), (0.3, 900, Outcome.ok), (7.5, 2_000, Outcome.read_timeout),
    (8.5, 3, Outcome.ok), (8.6, 1, Outcome.refused),
)  # fmt: skip


def test_a_column_has_its_range_its_median_and_its_failures() -> None:
    assert list(latencies(SEEN, WINDOW)) == [
        Column(0, 2 * ms, 900 * ms, 4.0 * ms, ((1, 900 * ms),)),
        Column(7, 2_000 * ms, 2_000 * ms, None, ((2, 2_000 * ms),)),
        Column(8, 1 * ms, 3 * ms, 3.0 * ms, ((3, 1 * ms),)),
    ]


def test_each_decade_has_the_same_height() -> None:
    taken = (0, 0.1 * ms, 1 * ms, 10 * ms, 100 * ms, 10 * s, 60 * s)
    assert [height(AXIS, took) for took in taken] == pytest.approx([40, 40, 32, 24, 16, 0, 0])


def test_the_line_breaks_where_no_request_was_answered() -> None:
    assert medians(list(latencies(SEEN, WINDOW)), AXIS, 100).count("M") == 2
    assert "L" not in medians(list(latencies(SEEN, WINDOW)), AXIS, 100)


def test_a_range_is_a_pixel_high_at_least() -> None:
    alone = Column(7, 100 * ms, 100 * ms, None, ())
    assert ranges([alone], AXIS, 100) == "M107 16.0h1V17.0h-1z"


def test_a_mark_stands_at_the_longest_of_its_class() -> None:
    seen = list(latencies(SEEN, WINDOW))
    assert failures(seen, 2, AXIS, 100).startswith("M106.5 ")
    assert [failures(seen, number, AXIS, 100).count("M") for number in range(1, 6)] == [1, 1, 1, 0, 0]


def test_of_a_recording_each_column_with_a_request_is_drawn() -> None:
    run = Recorded(OUTAGE)
    (trial,) = run.trials
    for each in strips(run.history, trial):
        counts = columns(each, trial.window)
        found = {column.place: column for column in latencies(each, trial.window)}
        assert sorted(found) == np.flatnonzero(counts.sum(axis=0)).tolist()
        for place, column in found.items():
            assert [number for number, _ in column.bad] == [n for n in range(1, 6) if counts[n, place]]


def test_each_vantage_point_has_its_latency() -> None:
    run = Recorded(OUTAGE)
    (trial,) = run.trials
    probes = [each for each in strips(run.history, trial) if each.stream is Stream.probe]
    texts = [each.text for each in ET.fromstring(document(run, trial).encode()).iter() if each.text]
    assert probes
    assert texts.count("latency, log") == texts.count("100 ms") == len(probes)
