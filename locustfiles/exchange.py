"""One request and its answer over a connection, in the model's terms."""

from itertools import count
from typing import Final

from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from locustfiles.connection import Connection
from locustfiles.credentials import TOKENS
from locustfiles.http import Response, ask, read_response
from locustfiles.place import Place
from locustfiles.stream import Result

_TURNS: Final = count()


def connect(place: Place, setting: StreamSetting) -> Connection:
    """Raises `OSError`."""
    return Connection(_target(place, setting), setting.connect_timeout_ns)


def exchange(connection: Connection, place: Place, setting: StreamSetting, *, keep_alive: bool) -> Response:
    """Raises what `read_response` raises, and `OSError`."""
    connection.send(ask(_line(setting), place.target[0], keep_alive, next(TOKENS)))
    return read_response(connection, setting.read_timeout_ns)


def result_of(response: Response, place: Place) -> Result:
    outcome = Outcome.ok if response.status < 500 else Outcome.http_error
    balancer, api = place.balancers.get(response.balancer, 0), place.apis.get(response.api, 0)
    return Result(outcome, response.status, balancer, api)


def _line(setting: StreamSetting) -> str:
    return setting.mix[next(_TURNS) % len(setting.mix)] if setting.mix else f"GET {setting.path}"


def _target(place: Place, setting: StreamSetting) -> tuple[str, int]:
    if not setting.target:
        return place.target
    host, port = setting.target.split(":")
    return host, int(port)
