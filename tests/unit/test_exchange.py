"""What a right answer is: the status that its stream expects, and no other."""

from pathlib import Path
from typing import cast

import msgspec
import pytest
import yaml

from harness.model.load import BACKGROUND, CONNECTED, HEALTH, PROBE, StreamSetting
from harness.model.requests import Outcome
from harness.model.topology import Topology
from locustfiles.connection import Connection
from locustfiles.exchange import exchange
from locustfiles.vantage_point import VantagePoint

COMPOSE = Path(__file__).parents[2] / "compose" / "compose.yaml"
VANTAGE = VantagePoint.of(Topology.from_compose(yaml.safe_load(COMPOSE.read_text())), "customer-1")


class Answering:
    """A connection on whose other side somebody gives always the same answer."""

    def __init__(self, status: int) -> None:
        self.asked: list[bytes] = []
        self._head = f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\nX-LB-Node: lb-ext-2\r\nX-API-Node: api-1\r\n\r\nok"

    def send(self, data: bytes) -> None:
        self.asked.append(data.partition(b" HTTP")[0])

    def receive(self, deadline_ns: int) -> bytes:
        return self._head.encode()


def outcome(setting: StreamSetting, status: int, times: int = 1) -> tuple[list[bytes], set[tuple[int, int]]]:
    """What was asked, so often, and as what it is recorded."""
    other = Answering(status)
    connection = cast("Connection", other)
    results = [exchange(connection, VANTAGE, setting, keep_alive=True)[0] for _ in range(times)]
    assert {(result.balancer, result.api) for result in results} == {(2, 1)}
    return other.asked, {(result.outcome, result.status) for result in results}


@pytest.mark.parametrize(
    "setting", [PROBE, BACKGROUND, CONNECTED, HEALTH], ids=["probe", "background", "connected", "health"]
)
@pytest.mark.parametrize("status", [201, 204, 301, 302, 304, 400, 401, 403, 404, 429, 499, 500, 502, 503, 504])
def test_any_other_status_than_200_is_a_failure_that_keeps_it(setting: StreamSetting, status: int) -> None:
    asked, recorded = outcome(setting, status)
    assert asked == [f"GET {setting.path}".encode()]
    assert recorded == {(Outcome.http_error, status)}
    assert outcome(setting, 200)[1] == {(Outcome.ok, 200)}


def test_a_stream_may_expect_another_status() -> None:
    setting = StreamSetting(rate_hz=1, path="/gone", expect=410)
    assert outcome(setting, 410)[1] == {(Outcome.ok, 410)}
    assert outcome(setting, 200)[1] == {(Outcome.http_error, 200)}


def test_a_line_of_a_mix_may_expect_its_own() -> None:
    """Whoever issues a token answers 201; a 200 to that is as wrong as a 201 to the others."""
    setting = StreamSetting(rate_hz=1, mix=("GET /me", "POST /token 201"))
    asked, created = outcome(setting, 201, times=4)
    assert sorted(asked) == [b"GET /me", b"GET /me", b"POST /token", b"POST /token"]
    assert created == {(Outcome.ok, 201), (Outcome.http_error, 201)}
    assert outcome(setting, 200, times=2)[1] == {(Outcome.ok, 200), (Outcome.http_error, 200)}
    assert outcome(setting, 401, times=2)[1] == {(Outcome.http_error, 401)}


@pytest.mark.parametrize("line", ["DELETE /me", "GET me", "GET /me 99", "GET /me 2000", "GET /me  200", "GET /me 103"])
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.mix"):
        msgspec.convert({"rate_hz": 1, "mix": [line]}, StreamSetting)
