"""connected: one keep-alive connection, request after request. The measure of how long a connection hangs.

A closed loop by nature: the next request waits for the answer to the last, so a hang is one record, from when the
request was due until it ended. After an error the next request opens a new connection.
"""

import time

import h11
from gevent import Greenlet

from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from harness.model.requests import Stream as StreamNumber
from locustfiles.connection import Connection
from locustfiles.exchange import connect, exchange
from locustfiles.http import outcome_of
from locustfiles.place import Place
from locustfiles.sink import Sink
from locustfiles.stream import Result, Stream


class Connected(Stream):
    number = StreamNumber.connected

    def __init__(self, place: Place, sink: Sink) -> None:
        super().__init__(place, sink)
        self._connection: Connection | None = None
        self._target = ""

    def apply(self, setting: StreamSetting) -> int:
        """An idle connection is not kept beyond the end of the stream: it would count as a session."""
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
            result, reusable = exchange(connection, self.place, setting, keep_alive=True)
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            connection.abort()
            return Result(outcome_of(error, Outcome.read_timeout))
        self._give_back(connection, reusable)
        return result

    def _take(self, setting: StreamSetting) -> Connection:
        """The open connection, or a new one; while it is taken there is none."""
        connection, self._connection = self._connection, None
        if connection and self._target != setting.target:
            connection.close()
            connection = None
        self._target = setting.target
        return connection or connect(self.place, setting)

    def _give_back(self, connection: Connection, reusable: bool) -> None:  # noqa: FBT001 - what HTTP says of it
        if reusable:
            self._connection = connection
        else:
            connection.close()


stream = Connected
