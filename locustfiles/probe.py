"""probe: a new connection for each request, evenly spaced, no retry. It measures the recovery."""

import h11

from harness.model.load import StreamSetting
from harness.model.requests import Outcome
from harness.model.requests import Stream as StreamNumber
from locustfiles.exchange import connect, exchange
from locustfiles.http import outcome_of
from locustfiles.stream import Result, Stream


class Probe(Stream):
    number = StreamNumber.probe

    def request(self, setting: StreamSetting) -> Result:
        try:
            connection = connect(self.vantage, setting)
        except OSError as error:
            return Result(outcome_of(error, Outcome.connect_timeout))
        try:
            result, _ = exchange(connection, self.vantage, setting, keep_alive=False)
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            connection.abort()
            return Result(outcome_of(error, Outcome.read_timeout))
        connection.close()
        return result


stream = Probe
