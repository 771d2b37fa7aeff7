"""One request and its answer over a connection, in the model's terms."""

from itertools import count
from typing import Final, NamedTuple

from harness.model.endpoint import Endpoint
from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from locustfiles import line
from locustfiles.connection import Connection
from locustfiles.credentials import TOKENS
from locustfiles.http import Response, ask, read_response
from locustfiles.stream import Result
from locustfiles.tls import TlsConnection
from locustfiles.vantage_point import VantagePoint

_TURNS: Final = count()

AnyConnection = Connection | TlsConnection


class _Request(NamedTuple):
    line: str  # method and path
    expect: int  # the status of a right answer
    token: str  # empty: no Authorization


def connect(vantage: VantagePoint, setting: StreamSetting) -> AnyConnection:
    """Raises `OSError`."""
    target = _target(vantage, setting)
    if vantage.asks and vantage.asks.kind == "https":
        return TlsConnection(target, setting.connect_timeout_ns, vantage.asks.host)
    return Connection(target, setting.connect_timeout_ns)


def exchange(
    connection: AnyConnection, vantage: VantagePoint, setting: StreamSetting, *, keep_alive: bool
) -> tuple[Result, bool]:
    """The result, and whether the connection may carry another request.

    Raises what `read_response` raises, and `OSError`.
    """
    if vantage.asks and vantage.asks.kind == "tcp":
        assert isinstance(connection, Connection)
        return line.exchange(connection, setting.read_timeout_ns), True
    wanted = _next_request(vantage.asks, setting)
    parser, data = ask(wanted.line, vantage.host, wanted.token, keep_alive=keep_alive)
    connection.send(data)
    response = read_response(connection, parser, setting.read_timeout_ns)
    return _result(response, wanted.expect, vantage), response.reusable


def _result(response: Response, expected: int, vantage: VantagePoint) -> Result:
    """Any status but the expected one is a failure: a pair that answers each request by 403 serves no customer."""
    outcome = Outcome.ok if response.status == expected else Outcome.http_error
    balancer, api = vantage.balancers.get(response.balancer, 0), vantage.apis.get(response.api, 0)
    return Result(outcome, response.status, balancer, api)


def _next_request(asks: Endpoint | None, setting: StreamSetting) -> _Request:
    """A mix is the stream's own, wherever it is asked. A site gets no token: those are of the lab's own API."""
    if setting.mix:
        method, path, *status = setting.mix[next(_TURNS) % len(setting.mix)].split(" ")
        return _Request(f"{method} {path}", int(status[0]) if status else setting.expect, next(TOKENS))
    if asks:
        return _Request(f"GET {asks.path}", asks.expect, "")
    return _Request(f"GET {setting.path}", setting.expect, next(TOKENS))


def _target(vantage: VantagePoint, setting: StreamSetting) -> tuple[str, int]:
    if not setting.target:
        return vantage.target
    host, port = setting.target.split(":")
    return host or vantage.target[0], int(port)
