"""The bench's pure parts: quantiles, bounds, the table, and what a history says about a trial."""

import msgspec
import numpy as np
import pytest

from harness.agents.network.gauge import Verdict
from harness.bench.blips import Blip, Summary
from harness.bench.figures import SPREAD, Bound, Figure, figure, quantiles, sampled
from harness.bench.machine import Machine
from harness.bench.part import choose, find_parts, read_counts
from harness.bench.parts import blips, load, trial
from harness.bench.parts.safety import last_release, served_again
from harness.bench.report import PartReport, Report, markdown, report
from harness.history import History
from harness.lab.compose import topology
from harness.model.errors import BadValue, NotMeasured, UnknownName
from harness.model.events import AnyEvent, Marked, OpApplied, OpReleased
from harness.model.ops import Drop
from harness.model.requests import DTYPE, Outcome
from harness.model.units import ms, s
from harness.report.number import number

MACHINE = Machine(2, 7.8, "6.18", "Debian 12", "x86_64", "20.10.24", "2.26.1", 1, "tsc", "")
SUMMARY = Summary(
    blips=300, busy=True, error_p50=5, error_p99=200, error_max=400, wire_error_p50=90, wire_error_max=300,
    late_p50=1, late_p99=2, late_max=3, op_p50=1, op_max=2, frames_inside=0, frames_dropped=1, inside_bracket=300,
    outside=(),
    transit_max=1, rate_hz_min=11_900, capture_lost=0, notes=(),
)  # fmt: skip


def test_the_median_of_five_is_the_third() -> None:
    assert quantiles([9, 1, 5, 3, 7], SPREAD) == {"median": 5, "min": 1, "max": 9}


def test_a_figure_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="up: a figure of no samples"):
        figure("up", 0, "s", {"median": 1})


@pytest.mark.parametrize(
    "bound, value, admitted",
    [
        (Bound("x", most=8), 8, True),
        (Bound("x", most=8), 8.001, False),
        (Bound("x", least=10_000), 9_999.9, False),
        (Bound("x", least=10_000), 10_000, True),
        (Bound("x", most=0), 1, False),
        (Bound("x", least=1, most=2), 0.5, False),
    ],
)
def test_a_bound_is_inclusive(bound: Bound, value: float, admitted: bool) -> None:  # noqa: FBT001
    assert bound.admits(value) is admitted


def test_a_figure_says_which_bound_it_breaks() -> None:
    bounds = (Bound("p50", most=0.1), Bound("p99", most=1))
    assert figure("error", 300, "ms", {"p50": 0.005, "p99": 0.2}, *bounds).met is True
    broken = figure("error", 300, "ms", {"p50": 0.005, "p99": 1.2}, *bounds)
    assert (broken.met, broken.unmet) == (False, ("p99 ≤ 1",))
    assert figure("error", 300, "ms", {"p50": 9}).met is None
    with pytest.raises(KeyError):
        figure("error", 300, "ms", {"p50": 9}, Bound("p99", most=1))


@pytest.mark.parametrize(
    "value, text",
    [
        (0.00512, "0.005"), (0.512, "0.512"), (4.126, "4.13"), (41.26, "41.3"), (412.6, "413"), (12034.2, "12,034"),
        (5, "5"), (0, "0"), (None, "–"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_no_exponent(value: float | None, text: str) -> None:
    assert number(value) == text


def test_one_figure_out_of_bounds_fails_the_report() -> None:
    assert not _report(_up(9.0), _up(3.0)).met
    assert _report(_up(3.0)).met
    assert _report(sampled("free", "s", [1])).met  # nothing was asked of it


def test_the_table_has_each_figure_with_samples_bound_and_verdict() -> None:
    assert markdown(_report(_up(3.0), _up(9.0), sampled("free", "s", [1]))).splitlines() == [
        f"Machine: {MACHINE}.",
        "",
        "| figure | n | measured | bound | verdict | load before |",
        "|---|---|---|---|---|---|",
        "| up | 1 | median 3 · min 3 · max 3 s | median ≤ 8 s | met | 0.4 |",
        "| up | 1 | median 9 · min 9 · max 9 s | median ≤ 8 s | **not met**: median ≤ 8 | 0.4 |",
        "| free | 1 | median 1 · min 1 · max 1 s | – | – | 0.4 |",
    ]


def test_a_machine_without_real_time_scheduling_says_why() -> None:
    assert str(MACHINE).endswith("Compose 2.26.1, cgroup v1, clock tsc, real-time scheduling")
    refused = msgspec.structs.replace(MACHINE, realtime="not permitted")
    assert str(refused).endswith("no real-time scheduling (not permitted)")


def test_a_report_is_read_back_as_it_was_written() -> None:
    whole = _report(_up(9.0))
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Report) == whole


def test_the_folder_is_the_list_of_parts() -> None:
    assert {"blips", "load", "safety", "trial", "up"} <= set(find_parts())


def test_parts_are_chosen_by_name_and_in_their_order() -> None:
    assert choose(["blips", "load", "up"], "up, blips") == ["blips", "up"]
    assert choose(["blips", "up"], "") == ["blips", "up"]
    with pytest.raises(UnknownName, match="Did you mean 'blips'"):
        choose(["blips", "up"], "blip")


def test_a_count_is_for_all_or_for_one() -> None:
    assert read_counts(["3", "blips=30"], ["blips", "up"]) == {"blips": 30, "up": 3}
    assert read_counts([], ["blips", "up"]) == {}


@pytest.mark.parametrize("text", ["0", "blips=0", "-1", "many", "blips="])
def test_a_count_is_a_positive_number(text: str) -> None:
    with pytest.raises(BadValue, match="--count"):
        read_counts([text], ["blips", "up"])


def test_blips_that_keep_to_their_deadline_meet_every_bound() -> None:
    assert _unmet(SUMMARY) == ()


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"error_p50": 101}, "p50 ≤ 0.100"),
        ({"error_p99": 1001}, "p99 ≤ 1"),
        ({"frames_inside": 1}, "frames = 0"),
        ({"inside_bracket": 299}, "blips = 300"),
        ({"rate_hz_min": 9_000}, "min ≥ 10,000"),
        ({"capture_lost": 1}, "frames = 0"),
    ],
)
def test_each_bound_of_the_blips_can_be_broken(change: dict[str, int], reason: str) -> None:
    assert _unmet(msgspec.structs.replace(SUMMARY, **change)) == (reason,)


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"last_passed": 1_101_000}, "offered after the drop, and passed, by 1 µs"),
        ({"first_missing": 940_000}, "missing before the drop, by 10 µs"),
        ({"last_missing": 801_102_000}, "offered after the release, and missing, by 2 µs"),
        ({"first_passed": 800_999_000}, "passed before the release, by 1 µs"),
        ({"first_passed": None}, "no frames before, inside or after the blip"),
    ],
)
def test_the_wire_can_contradict_each_op(change: dict[str, int | None], reason: str) -> None:
    """The drop is begun at 1 ms and acknowledged at 1.1 ms, its release 800 ms later; transit is at most 50 µs."""
    drop = Drop("left.external", "ingress")
    applied = OpApplied(1_100_000, 1, 0, drop, ms, ms)
    released = OpReleased(801_100_000, 1, 0, drop, 801 * ms, 801 * ms)
    verdict = Verdict(0, 9_600, 1_050_000, 960_000, 801_090_000, 801_010_000, 50_000, 12_000, 0)
    assert Blip(applied, released, verdict).outside == ()
    contradicted = Blip(applied, released, msgspec.structs.replace(verdict, **change))
    assert [text for text in contradicted.outside if reason in text] == list(contradicted.outside) != []


def test_without_real_time_scheduling_only_the_deadline_is_free() -> None:
    late = msgspec.structs.replace(SUMMARY, error_p99=28_000)
    assert _unmet(late, realtime=False) == ()
    assert _unmet(msgspec.structs.replace(late, frames_inside=2), realtime=False) == ("frames = 0",)


def test_a_trial_lasts_until_the_next_one_begins() -> None:
    history = _marked((0, "trial_begin"), (6, "step_begin"), (17, "step_end"), (18, "trial_begin"), (19, "step_begin"))
    (span,) = trial.spans(history)
    assert span == (0, 6 * s, 17 * s, 18 * s)
    values = [(each.values["median"], each.met) for each in trial.figures([span])]
    assert values == [(18, False), (6, None), (11, None), (1, None)]


def test_a_trial_that_never_came_to_its_end_is_none() -> None:
    marks = ((0, "trial_begin"), (6, "step_begin"), (9, "trial_begin"), (15, "step_begin"), (26, "step_end"))
    with pytest.raises(NotMeasured, match="no trial"):
        trial.spans(_marked(*marks))
    assert [span.begin for span in trial.spans(_marked(*marks, (27, "trial_begin")))] == [9 * s]


def test_the_load_costs_what_its_workers_use_together() -> None:
    requests = np.zeros(4, DTYPE)
    requests["sent"] = [0, ms, 2 * ms, 30 * ms]
    requests["done"] = requests["sent"] + ms
    by_name = {each.what.split(": ")[1]: each.values for each in load.figures(requests, [0.05, 0.05, 0.02])}
    assert by_name["workers' processor time"] == {"total": pytest.approx(12)}
    assert by_name["per request"] == {"mean": pytest.approx(200)}
    assert by_name["sent − due"] == {"p50": 1, "p99": 30, "max": 30}
    assert by_name["good arrivals"] == {"share": 100}


def test_a_fault_is_gone_when_its_last_op_is() -> None:
    assert last_release([_released(5), _released(9), _released(7)]) == 9


@pytest.mark.parametrize("wrong", [{"why": "deadline"}, {"error": "no such table"}])
def test_a_release_for_another_reason_does_not_count(wrong: dict[str, str]) -> None:
    with pytest.raises(NotMeasured, match="Not released"):
        last_release([_released(5), msgspec.structs.replace(_released(9), **wrong)])


def test_served_again_is_the_end_of_the_last_outage() -> None:
    assert served_again("customer-1", _probes(dark=(1 * s, 3 * s)), 0) == 3 * s


def test_an_agent_whose_death_nobody_notices_was_not_killed() -> None:
    with pytest.raises(NotMeasured, match="customer-1 after 12 s: unaffected"):
        served_again("customer-1", _probes(dark=(0, 0)), 0)


def test_a_vantage_point_that_stays_dark_is_no_figure() -> None:
    with pytest.raises(NotMeasured, match="customer-1 after 12 s: down"):
        served_again("customer-1", _probes(dark=(1 * s, 13 * s)), 0)


def test_a_vantage_point_that_sent_nothing_is_no_figure() -> None:
    with pytest.raises(NotMeasured, match="customer-1 after 12 s: no arrivals"):
        served_again("customer-1", _probes(dark=(0, 0))[:0], 0)


def _up(seconds: float) -> Figure:
    return sampled("up", "s", [seconds], Bound("median", most=8))


def _report(*figures: Figure) -> Report:
    return report(MACHINE, [PartReport("up", 0.42, figures)])


def _unmet(summary: Summary, *, realtime: bool = True) -> tuple[str, ...]:
    return tuple(reason for each in blips.figures(summary, realtime=realtime) for reason in each.unmet)


def _marked(*marks: tuple[int, str]) -> History:
    events: list[AnyEvent] = [Marked(t * s, name, 1) for t, name in marks]
    return History(topology(), {}, tuple(events))


def _released(t: int) -> OpReleased:
    return OpReleased(t, 1, 0, Drop("customer-3.external", "ingress"), 0, 0, "lease lost")


def _probes(dark: tuple[int, int]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """200/s for 12 s."""
    requests = np.zeros(2400, DTYPE)
    requests["due"] = np.arange(2400) * 5 * ms
    requests["done"] = requests["due"] + ms
    bad = (requests["due"] >= dark[0]) & (requests["due"] < dark[1])
    requests["outcome"][bad] = Outcome.connect_timeout
    return requests
