"""Workers that freeze, and a master that dies or falls silent: nothing due is lost, and who is missing is named."""

import signal
import time

import numpy as np
import pytest

from harness.lab.load import LoadControl
from harness.model.errors import NotMeasured, UsageError
from harness.model.load import QUIET, StreamSetting
from harness.model.requests import Stream
from harness.model.units import ms, s
from tests.lab.load.rig import VANTAGES, Rig, until
from tests.lab.load.server import Server


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
    assert late[-1] < late.max() / 2
    assert np.quantile(np.diff(records["sent"]), 0.2) > 3 * ms  # a burst would be 60 of about 200 at once


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
