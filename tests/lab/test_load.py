"""A real Locust master with real workers: processes on loopback, no containers, no Locust inside pytest."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from harness.lab.load import LoadControl
from harness.model.errors import NotMeasured, UsageError
from harness.model.load import QUIET, StreamSetting
from harness.model.requests import DTYPE, RECORD, Outcome, Stream
from harness.model.units import ms, s

ROOT = Path(__file__).parents[2]
VANTAGES = ("customer-1", "customer-2")
COMPOSE = """
services:
  lb-a: {x-lab: {kind: balancer}}
  lb-b: {x-lab: {kind: balancer}}
  api-a: {x-lab: {kind: api}}
x-lab:
  segments: {external: 127.0.0.0/8}
  switches: {sw: external}
  trunks: {}
  pairs: {external: {segment: external, vip: 127.0.0.1, vrid: 51, nodes: [lb-a, lb-b]}}
  vantages: {customer-1: {pair: external, cache: customer-1}, customer-2: {pair: external, cache: customer-2}}
"""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-LB-Node: lb-b\r\nX-API-Node: api-a\r\n\r\nok"


class Server:
    """Answers every request as lb-b for api-a, or, while it is `stalled`, accepts and says nothing."""

    def __init__(self) -> None:
        self.stalled = False
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed: the test is over
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while connection.recv(4096) and not self.stalled:
                    connection.sendall(ANSWER)
                connection.recv(4096)  # stalled: until the client gives up
            except OSError:
                return  # the client gave up

    def close(self) -> None:
        self._listener.close()


class UnixStream:
    """A Unix socket as the byte stream that `LoadControl` talks over."""

    stderr = b""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self) -> bytes:
        return self._socket.recv(65536)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Rig:
    """One master and a worker per vantage point, as processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "compose.yaml").write_text(COMPOSE)
        self._stack = ExitStack()
        self.port = 0
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start_master(self) -> None:
        log = self.folder / "master.log"
        log.unlink(missing_ok=True)
        self._start("master", "locustfiles.master", HARNESS_LOAD_PORT=str(self.port))
        until("the master's port", lambda: b"port " in log.read_bytes())
        self.port = int(log.read_bytes().split(b"port ")[1].split(b".")[0])

    def start_worker(self, vantage: str) -> None:
        self._start(
            vantage,
            "locustfiles.vantage",
            HARNESS_NODE=vantage,
            HARNESS_SPOOL=str(self.spool(vantage)),
            HARNESS_PROBE_RATE="0",
            HARNESS_LOAD_MASTER=f"127.0.0.1:{self.port}",
        )

    def control(self) -> LoadControl:
        path = self.folder / "load.sock"
        until("the master's socket", path.exists)
        control = LoadControl(UnixStream(path))
        self._stack.callback(control.close)
        until("every worker's registration", lambda: not control.present().missing)
        return control

    def spool(self, vantage: str) -> Path:
        return self.folder / vantage / "requests.rec"

    def records(
        self, vantage: str, begin: int = 0, end: int | None = None
    ) -> np.ndarray[tuple[int], np.dtype[np.void]]:
        return np.frombuffer(self.spool(vantage).read_bytes()[begin:end], dtype=DTYPE)

    def end(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        for name in list(self.processes):
            self.end(name)
        self._stack.close()

    def _start(self, name: str, module: str, **environment: str) -> None:
        paths = {
            "HARNESS_COMPOSE": str(self.folder / "compose.yaml"),
            "HARNESS_LOAD_SOCKET": str(self.folder / "load.sock"),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env={**os.environ, **paths, **environment},
                stdout=log,
                stderr=log,
            )


def until(awaited: str, condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {awaited}"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("load"))
    try:
        rig.start_master()
        for vantage in VANTAGES:
            rig.start_worker(vantage)
        yield rig
    finally:
        rig.close()


@pytest.fixture(scope="module")
def control(rig: Rig) -> LoadControl:
    return rig.control()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stalled = False
    server.close()


def run_for(
    rig: Rig, control: LoadControl, stream: Stream, setting: StreamSetting, seconds: float
) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """Runs a stream on customer-1 alone; the records of all arrivals that were due."""
    who = ("customer-1",)
    begin = control.sync(vantages=who)["customer-1"]
    start = control.set(stream, setting, who)["customer-1"]
    until("the stream's time", lambda: time.monotonic_ns() > start + seconds * s, seconds + 10)
    stopped = control.stop(stream, who)["customer-1"]
    end = control.sync(before_ns=stopped + 1, patience_ns=30 * s, vantages=who)["customer-1"]
    return rig.records("customer-1", begin, end)


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
    assert np.quantile(late, 0.5) < 250 * ms  # waiting for answers would make it seconds
    assert set(np.diff(np.sort(records["due"]))) == {s // 400}
    assert np.all(records["done"] - records["sent"] > 3.9 * s)


def test_frozen_worker_makes_up_for_every_arrival_without_a_burst(
    rig: Rig, control: LoadControl, server: Server
) -> None:
    who = ("customer-1",)
    begin = control.sync(vantages=who)["customer-1"]
    control.set(Stream.probe, StreamSetting(rate_hz=100, target=server.target), who)
    until("the first requests", lambda: server.connections > 10)
    frozen = time.monotonic_ns()
    rig.processes["customer-1"].send_signal(signal.SIGSTOP)
    until("the freeze", lambda: time.monotonic_ns() > frozen + 600 * ms)
    rig.processes["customer-1"].send_signal(signal.SIGCONT)
    until("the end of the backlog", lambda: server.connections > 200)
    stopped = control.stop(Stream.probe, who)["customer-1"]
    end = control.sync(before_ns=stopped, vantages=who)["customer-1"]
    records = np.sort(rig.records("customer-1", begin, end), order="due")
    assert set(np.diff(records["due"])) == {10 * ms}
    late = records["sent"] - records["due"]
    assert late.max() > 500 * ms
    assert late[-1] < 200 * ms
    assert np.quantile(np.diff(records["sent"]), 0.2) > 3 * ms  # a burst would be 60 of about 200 at once


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
    until("the reconnection", lambda: server.connections == 2)
    server.stalled = False
    until("the reconnection", lambda: server.connections == 3)
    stopped = control.stop(Stream.connected, who)["customer-1"]
    end = control.sync(before_ns=stopped, vantages=who)["customer-1"]
    records = np.sort(rig.records("customer-1", begin, end), order="due")
    bad = records[records["outcome"] != Outcome.ok]
    assert list(bad["outcome"]) != []
    assert set(bad["outcome"]) <= {Outcome.read_timeout, Outcome.eof}
    assert (bad["done"] - bad["due"]).max() > 600 * ms
    assert np.all(records["sent"][1:] >= records["done"][:-1])


def test_commands_that_cannot_be_obeyed_are_refused_with_the_reason(control: LoadControl) -> None:
    with pytest.raises(UsageError, match="no stream flood in customer-1"):
        control.set(Stream.flood, QUIET)
    with pytest.raises(UsageError, match="no vantage point customer-9"):
        control.stop(Stream.probe, ["customer-9"])
    with pytest.raises(UsageError, match="rate_hz"):
        control.set(Stream.probe, StreamSetting(rate_hz=-1))
    assert not control.present().missing


def test_frozen_worker_is_named_as_missing(rig: Rig, control: LoadControl) -> None:
    rig.processes["customer-2"].send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(NotMeasured, match="customer-2 did not answer"):
            control.stop(Stream.probe)
    finally:
        rig.processes["customer-2"].send_signal(signal.SIGCONT)
    until("customer-2", lambda: not control.present().missing)


def test_worker_goes_on_without_its_master_and_registers_with_the_next(
    rig: Rig, control: LoadControl, server: Server
) -> None:
    control.set(Stream.probe, StreamSetting(rate_hz=50, target=server.target))
    rig.end("master")
    served = server.connections
    until("requests without a master", lambda: server.connections > served + 100)
    rig.start_master()
    again = rig.control()
    stopped = again.stop(Stream.probe)
    again.sync(before_ns=max(stopped.values()))
    for vantage in VANTAGES:
        due = np.sort(rig.records(vantage)["due"])[-50:]
        assert set(np.diff(due)) == {20 * ms}
    assert all(process.poll() is None for process in rig.processes.values())


def test_silent_master_finds_its_workers_again(rig: Rig, control: LoadControl) -> None:
    rig.processes["master"].send_signal(signal.SIGSTOP)  # to the workers: a link that drops everything
    silent = time.monotonic_ns()
    until("two new connections of each worker", lambda: time.monotonic_ns() > silent + 8 * s)
    rig.processes["master"].send_signal(signal.SIGCONT)
    again = rig.control()
    again.sync()
    assert all(process.poll() is None for process in rig.processes.values())
