"""What a stream of arrivals leaves behind: one record each, due by its schedule, whatever the other side does."""

import socket

import numpy as np

from harness.lab.load import LoadControl
from harness.model.load import StreamSetting
from harness.model.requests import RECORD, Outcome, Stream
from harness.model.units import ms, s
from tests.lab.load.rig import VANTAGES, Rig, run_for, until
from tests.lab.load.server import Server


def test_probe_leaves_one_record_per_arrival_with_the_nodes_that_answered(
    rig: Rig, control: LoadControl, server: Server
) -> None:
    records = run_for(rig, control, Stream.probe, StreamSetting(rate_hz=200, target=server.target), 1)
    assert 190 <= len(records) <= 220
    assert server.connections == len(records)
    assert set(records["outcome"]) == {Outcome.ok}
    assert set(records["status"]) == {200}
    assert (set(records["balancer"]), set(records["api"])) == ({2}, {1})
    assert (set(records["vantage"]), set(records["stream"])) == ({1}, {Stream.probe})
    due = np.sort(records["due"])
    assert set(np.diff(due)) == {5 * ms}
    assert sorted(np.diff(np.sort(records["sequence"])).tolist()) == [1] * (len(records) - 1)
    assert np.all(records["due"] <= records["sent"])
    assert np.all(records["sent"] <= records["done"])


def test_rate_changes_live_for_all_workers_with_their_stamps(rig: Rig, control: LoadControl, server: Server) -> None:
    begin = control.sync()
    stamps = control.set(Stream.probe, StreamSetting(rate_hz=100, target=server.target))
    assert stamps.keys() == set(VANTAGES)
    until("some requests", lambda: server.connections > 100)
    stopped = control.stop(Stream.probe)
    end = control.sync(before_ns=max(stopped.values()))
    for vantage in VANTAGES:
        records = rig.records(vantage, begin[vantage], end[vantage])
        assert records["due"].min() == stamps[vantage]
        assert records["due"].max() <= stopped[vantage]
        assert set(records["vantage"]) == {VANTAGES.index(vantage) + 1}


def test_stalled_server_does_not_slow_the_schedule(rig: Rig, control: LoadControl, server: Server) -> None:
    server.stalled = True
    setting = StreamSetting(rate_hz=400, read_timeout_ns=4 * s, target=server.target)
    records = run_for(rig, control, Stream.probe, setting, 3)
    assert set(records["outcome"]) == {Outcome.read_timeout}
    late = records["sent"] - records["due"]
    assert len(records) >= 1190
    assert np.quantile(late, 0.5) < np.quantile(records["done"] - records["sent"], 0.5) / 8  # it waits for no answer
    assert set(np.diff(np.sort(records["due"]))) == {s // 400}
    assert np.all(records["done"] - records["sent"] > 3.9 * s)


def test_refused_connection_is_recorded_as_refused(rig: Rig, control: LoadControl) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = f"127.0.0.1:{listener.getsockname()[1]}"
    records = run_for(rig, control, Stream.probe, StreamSetting(rate_hz=50, target=target), 0.2)
    assert set(records["outcome"]) == {Outcome.refused}
    assert set(records["balancer"]) == {0}


def test_connected_uses_one_connection_and_records_how_long_it_hung(
    rig: Rig, control: LoadControl, server: Server
) -> None:
    who = ("customer-1",)
    begin = control.sync(vantages=who)["customer-1"]
    control.set(Stream.connected, StreamSetting(rate_hz=50, read_timeout_ns=700 * ms, target=server.target), who)
    until("the connection", lambda: server.connections == 1)
    until("some requests", lambda: control.sync(vantages=who)["customer-1"] - begin > 10 * RECORD.size)
    server.stalled = True
    until("a request on the second connection", lambda: server.unanswered >= 2)  # not only the connection itself
    server.stalled = False
    until("the third connection", lambda: server.connections >= 3)
    stopped = control.stop(Stream.connected, who)["customer-1"]
    end = control.sync(before_ns=stopped, vantages=who)["customer-1"]
    records = np.sort(rig.records("customer-1", begin, end), order="due")
    bad = records[records["outcome"] != Outcome.ok]
    assert list(bad["outcome"]) != []
    assert set(bad["outcome"]) <= {Outcome.read_timeout, Outcome.eof}
    assert (bad["done"] - bad["due"]).max() > 600 * ms
    assert np.all(records["sent"][1:] >= records["done"][:-1])
