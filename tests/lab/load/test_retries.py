"""Customers who give up and ask again: each attempt is an arrival, and a record, of its own."""

import numpy as np

from harness.lab.load import LoadControl
from harness.model.load import StreamSetting
from harness.model.requests import Outcome, Stream
from harness.model.units import ms, s
from tests.lab.load.rig import Rig, until
from tests.lab.load.server import Server

WHO = ("customer-1",)
RETRIES = 2


def test_who_gets_no_answer_asks_again_and_then_no_more(rig: Rig, control: LoadControl, server: Server) -> None:
    server.stalled = True
    begin = control.sync(vantages=WHO)["customer-1"]
    setting = StreamSetting(rate_hz=20, read_timeout_ns=200 * ms, retries=RETRIES, target=server.target)
    control.set(Stream.background, setting, WHO)
    until("some retries", lambda: server.connections > 10)
    later = control.stop(Stream.background, WHO)["customer-1"] + 10 * s
    for _ in range(1 + RETRIES):  # each waits for those that are under way
        control.sync(before_ns=later, vantages=WHO)
    records = rig.records("customer-1", begin)
    again = np.isin(records["due"], records["done"])
    assert set(records["outcome"]) == {Outcome.read_timeout}
    assert again.sum() == RETRIES * (~again).sum() > 0
    assert len(set(records["sequence"])) == len(records) == server.connections


def test_who_is_answered_asks_once(rig: Rig, control: LoadControl, server: Server) -> None:
    begin = control.sync(vantages=WHO)["customer-1"]
    control.set(Stream.background, StreamSetting(rate_hz=50, retries=RETRIES, target=server.target), WHO)
    until("some answers", lambda: server.connections > 10)
    stopped = control.stop(Stream.background, WHO)["customer-1"]
    records = rig.records("customer-1", begin, control.sync(before_ns=stopped + 1, vantages=WHO)["customer-1"])
    assert set(np.diff(np.sort(records["due"]))) == {20 * ms}
