"""The trace, read whole by the definitions that Perfetto itself ships."""

import io
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from harness.export import ALL, Recorded
from harness.model.errors import EnvironmentProblem
from harness.model.requests import Stream
from harness.recovery.estimator import good
from tests.unit.export.nasty import DATA, OUTAGE, nasty_run

protos = pytest.importorskip(
    "perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason="the package perfetto is not installed"
)


def trace(run: Recorded) -> Any:
    (part,) = ALL["perfetto"].parts(run)
    file = io.BytesIO()
    part.write(file)
    parsed = protos.Trace()
    assert parsed.ParseFromString(file.getvalue()) == len(file.getvalue())
    parsed.DiscardUnknownFields()
    assert parsed.SerializeToString(deterministic=True) == file.getvalue(), "no byte is unknown to Perfetto"
    return parsed


def names(parsed: Any) -> dict[int, str]:
    """Number of a track → GROUP/NAME. A track is described before its first event."""
    found: dict[int, str] = {}
    for packet in parsed.packet:
        if packet.HasField("track_descriptor"):
            told = packet.track_descriptor
            above = f"{found[told.parent_uuid]}/" if told.parent_uuid else ""
            found[told.uuid] = f"{above}{told.name}"
        if packet.HasField("track_event"):
            assert packet.track_event.track_uuid in found
    return found


def events(parsed: Any, kind: int) -> dict[str, list[Any]]:
    known, found = names(parsed), defaultdict(list)
    for packet in parsed.packet:
        if packet.HasField("track_event") and packet.track_event.type == kind:
            found[known[packet.track_event.track_uuid]].append(packet)
    return found


@pytest.mark.parametrize("name", ["outage", "full", "failback", "frozen", "apart", "announce"])
def test_slices_of_a_track_never_overlap(name: str) -> None:
    open_at: dict[int, int | None] = {}
    for packet in trace(Recorded(DATA / name)).packet:
        if not packet.HasField("track_event"):
            continue
        track, kind = packet.track_event.track_uuid, packet.track_event.type
        if kind == protos.TrackEvent.TYPE_SLICE_BEGIN:
            assert open_at.get(track) is None
            open_at[track] = packet.timestamp
        elif kind == protos.TrackEvent.TYPE_SLICE_END:
            begun = open_at[track]
            assert begun is not None
            assert begun <= packet.timestamp
            open_at[track] = None
    assert open_at
    assert not any(open_at.values())


def test_each_bad_request_is_an_instant() -> None:
    run = Recorded(OUTAGE)
    bad = events(trace(run), protos.TrackEvent.TYPE_INSTANT)
    window = run.trials[0].window
    for vantage in run.history.topology.vantages:
        requests = run.history.arrivals(vantage, Stream.probe)
        inside = requests[(requests["due"] >= window.begin) & (requests["due"] < window.end)]
        shown = [packet.timestamp for packet in bad.get(f"requests: probe/{vantage}: bad", [])]
        assert shown == inside[~good(inside)]["due"].tolist()
    assert bad["requests: probe/customer-3: bad"]


def test_latency_is_the_greatest_of_each_100_ms() -> None:
    run = Recorded(OUTAGE)
    shown = events(trace(run), protos.TrackEvent.TYPE_COUNTER)
    counter = shown["requests: probe/customer-1: latency, most in 100 ms"]
    requests = run.history.arrivals("customer-1", Stream.probe)
    for packet in counter:
        due = requests["due"] // 100_000_000 * 100_000_000
        took = (requests["done"] - requests["due"])[due == packet.timestamp]
        assert packet.track_event.double_counter_value == took.max() / 1e6
    assert len(counter) == len({packet.timestamp for packet in counter})


def test_owners_and_faults_are_slices_at_the_histories_own_times() -> None:
    run = Recorded(OUTAGE)
    begins = events(trace(run), protos.TrackEvent.TYPE_SLICE_BEGIN)
    (step,) = run.trials[0].steps
    fault = begins["faults and acts/drop trunk.b ingress"]
    assert [packet.timestamp for packet in fault] == [op.t for op in step.applied if "trunk.b" in str(op.op)]
    assert "asked 0.550 s" in fault[0].track_event.name
    assert "10.77.0.100 is on/two, or none" in begins


def test_the_time_of_day_is_told() -> None:
    run = Recorded(OUTAGE)
    clocks = {clock.clock_id: clock.timestamp for clock in trace(run).packet[0].clock_snapshot.clocks}
    assert clocks[1] - clocks[6] == run.header.wall_minus_mono_ns


def test_no_name_has_a_control_character(tmp_path: Path) -> None:
    parsed = trace(nasty_run(tmp_path / "run"))
    told = [*names(parsed).values(), *(packet.track_event.name for packet in parsed.packet)]
    assert all(name.isprintable() for name in told)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "perfetto", None)
    with pytest.raises(EnvironmentProblem, match=r"failover-harness\[perfetto\]"):
        list(ALL["perfetto"].parts(Recorded(OUTAGE)))
