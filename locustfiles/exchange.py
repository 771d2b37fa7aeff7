"""One request and its answer over a connection, in the model's terms."""

from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from locustfiles.connection import Connection
from locustfiles.credentials import TOKENS
from locustfiles.http import Response, get, read_response
from locustfiles.place import Place
from locustfiles.stream import Result


def connect(place: Place, setting: StreamSetting) -> Connection:
    """Raises `OSError`."""
    return Connection(_target(place, setting), setting.connect_timeout_ns)


def exchange(connection: Connection, place: Place, setting: StreamSetting, *, keep_alive: bool) -> Response:
    """Raises what `read_response` raises, and `OSError`."""
    connection.send(get(setting.path, place.target[0], keep_alive, next(TOKENS)))
    return read_response(connection, setting.read_timeout_ns)


def result_of(response: Response, place: Place) -> Result:
    outcome = Outcome.ok if response.status < 500 else Outcome.http_error
    balancer, api = place.balancers.get(response.balancer, 0), place.apis.get(response.api, 0)
    return Result(outcome, response.status, balancer, api)


def _target(place: Place, setting: StreamSetting) -> tuple[str, int]:
    if not setting.target:
        return place.target
    host, port = setting.target.split(":")
    return host, int(port)
