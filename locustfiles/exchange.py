"""One request and its answer over a connection, in the model's terms."""

from itertools import count
from typing import Final

from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from locustfiles.connection import Connection
from locustfiles.credentials import TOKENS
from locustfiles.http import Response, ask, read_response
from locustfiles.stream import Result
from locustfiles.vantage_point import VantagePoint

_TURNS: Final = count()


def connect(vantage: VantagePoint, setting: StreamSetting) -> Connection:
    """Raises `OSError`."""
    return Connection(_target(vantage, setting), setting.connect_timeout_ns)


def exchange(
    connection: Connection, vantage: VantagePoint, setting: StreamSetting, *, keep_alive: bool
) -> tuple[Result, bool]:
    """The result, and whether the connection may carry another request.

    Raises what `read_response` raises, and `OSError`.
    """
    line, expected = _next_line(setting)
    parser, data = ask(line, vantage.target[0], next(TOKENS), keep_alive=keep_alive)
    connection.send(data)
    response = read_response(connection, parser, setting.read_timeout_ns)
    return _result(response, expected, vantage), response.reusable


def _result(response: Response, expected: int, vantage: VantagePoint) -> Result:
    """Any status but the expected one is a failure: a pair that answers each request by 403 serves no customer."""
    outcome = Outcome.ok if response.status == expected else Outcome.http_error
    balancer, api = vantage.balancers.get(response.balancer, 0), vantage.apis.get(response.api, 0)
    return Result(outcome, response.status, balancer, api)


def _next_line(setting: StreamSetting) -> tuple[str, int]:
    """Method and path, and the expected status."""
    if not setting.mix:
        return f"GET {setting.path}", setting.expect
    method, path, *status = setting.mix[next(_TURNS) % len(setting.mix)].split(" ")
    return f"{method} {path}", int(status[0]) if status else setting.expect


def _target(vantage: VantagePoint, setting: StreamSetting) -> tuple[str, int]:
    if not setting.target:
        return vantage.target
    host, port = setting.target.split(":")
    return host or vantage.target[0], int(port)
