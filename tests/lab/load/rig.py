"""A real Locust master with real workers: processes on loopback, no containers, no Locust inside pytest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from harness.lab.load import LoadControl
from harness.model.load import StreamSetting
from harness.model.requests import DTYPE, Stream
from harness.model.units import s

ROOT = Path(__file__).parents[3]
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
  virtual_routers: {external: {segment: external, vrid: 51, vips: [127.0.0.1/8], nodes: [lb-a, lb-b]}}
  vantages:
    customer-1: {virtual_router: external, cache: customer-1}
    customer-2: {virtual_router: external, cache: customer-2}
"""
Records = np.ndarray[tuple[int], np.dtype[np.void]]


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

    def __init__(self, folder: Path, compose: str) -> None:
        self.folder = folder
        (folder / "compose.yaml").write_text(compose)
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

    def records(self, vantage: str, begin: int = 0, end: int | None = None) -> Records:
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


def run_for(
    rig: Rig,
    control: LoadControl,
    stream: Stream,
    setting: StreamSetting,
    seconds: float,
    *,
    vantage: str = "customer-1",
) -> Records:
    """Runs a stream on one vantage point alone; the records of all arrivals that were due."""
    return run_all(rig, control, {stream: setting}, seconds, vantage=vantage)[stream]


def run_all(
    rig: Rig,
    control: LoadControl,
    settings: Mapping[Stream, StreamSetting],
    seconds: float,
    *,
    vantage: str = "customer-1",
) -> dict[Stream, Records]:
    """The same with several streams at once."""
    who = (vantage,)
    begin = control.sync(vantages=who)[vantage]
    start = max(control.set(stream, setting, who)[vantage] for stream, setting in settings.items())
    until("the streams' time", lambda: time.monotonic_ns() > start + seconds * s, seconds + 10)
    stopped = max(control.stop(stream, who)[vantage] for stream in settings)
    end = control.sync(before_ns=stopped + 1, patience_ns=30 * s, vantages=who)[vantage]
    found = rig.records(vantage, begin, end)
    assert set(found["stream"]) <= set(settings)
    return {stream: found[found["stream"] == stream] for stream in settings}
