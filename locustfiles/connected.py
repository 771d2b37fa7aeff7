"""connected: one keep-alive connection, one request after the other. It measures how long a connection hangs.

A closed loop: the next request waits for the answer to the last, so a hang is one record, from the arrival of the
request to its end. After an error the next request opens a new connection.
"""

import time

import h11
from gevent import Greenlet

from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from harness.model.requests import Stream as StreamNumber
from locustfiles.exchange import AnyConnection, connect, exchange
from locustfiles.http import outcome_of
from locustfiles.sink import Sink
from locustfiles.stream import Result, Stream
from locustfiles.vantage_point import VantagePoint


class Connected(Stream):
    number = StreamNumber.connected

    def __init__(self, vantage: VantagePoint, sink: Sink) -> None:
        super().__init__(vantage, sink)
        self._connection: AnyConnection | None = None
        self._target = ""

    def apply(self, setting: StreamSetting) -> int:
        """Closes an idle connection at the end of the stream: it would count as a session."""
        if not setting.rate_hz and self._connection:
            self._connection.close()
            self._connection = None
        return super().apply(setting)

    def begin(self, due: int) -> Greenlet:
        shot = super().begin(due)
        shot.join()
        self.schedule.forgive(time.monotonic_ns())
        return shot

    def request(self, setting: StreamSetting) -> Result:
        try:
            connection = self._take(setting)
        except OSError as error:
            return Result(outcome_of(error, Outcome.connect_timeout))
        try:
            result, reusable = exchange(connection, self.vantage, setting, keep_alive=True)
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            connection.abort()
            return Result(outcome_of(error, Outcome.read_timeout))
        self._give_back(connection, reusable)
        return result

    def _take(self, setting: StreamSetting) -> AnyConnection:
        """The open connection, or a new one. Until `_give_back` the stream has none."""
        connection, self._connection = self._connection, None
        if connection and self._target != setting.target:
            connection.close()
            connection = None
        self._target = setting.target
        return connection or connect(self.vantage, setting)

    def _give_back(self, connection: AnyConnection, reusable: bool) -> None:  # noqa: FBT001 - by HTTP's rules
        if reusable:
            self._connection = connection
        else:
            connection.close()


stream = Connected
