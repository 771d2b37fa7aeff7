"""How well a vantage point is served now: reads the end of its records while load workers write them."""

import threading
from collections import deque
from typing import Final

import docker

from harness.lab.exec import ExecStream, find_container
from harness.model.errors import NotMeasured
from harness.model.load import SPOOL
from harness.model.requests import RECORD, Outcome, Request, Stream
from harness.model.units import s
from harness.recovery.estimator import GOOD_WITHIN_NS

SERVED: Final = 5  # served: so many good arrivals in a row, up to the newest
_KEPT: Final = 1024  # records: 5 s of a probe at 200/s
# Not `tail -c BYTES`: while the kernel appends several pages, the file's end may lie within a record.
_FOLLOW: Final = """
size=$(stat -c %s "$1" 2> /dev/null || echo 0)
from=$((size - size % $2 - $3))
exec tail -c +$((from > 0 ? from + 1 : 1)) -F "$1"
"""


class SuccessMeter:
    """One vantage point's probe. Follows the records in a thread of its own until `close`."""

    def __init__(self, client: docker.DockerClient, lab: str, vantage: str) -> None:
        """Raises `EnvironmentProblem` if the vantage point's container does not run."""
        self.vantage = vantage
        self._recent: deque[Request] = deque(maxlen=_KEPT)
        self._grown = threading.Condition()
        self._stream = ExecStream(find_container(client, lab, vantage), following(SPOOL, _KEPT))
        threading.Thread(target=self._follow, name=f"{vantage}-success", daemon=True).start()

    def share(self, now_ns: int, window_ns: int = s) -> float | None:
        """The share of good ones among the arrivals whose outcome became known in the window before now; None: none."""
        with self._grown:
            known = [request for request in self._recent if request.done >= now_ns - window_ns]
        return sum(map(good, known)) / len(known) if known else None

    def wait_known(self, timeout_s: float) -> bool:
        """Waits until a record was read; False if there was none within `timeout_s`."""
        with self._grown:
            return self._grown.wait_for(lambda: bool(self._recent), timeout_s)

    def wait_served(self, timeout_s: float) -> None:
        """Waits until the newest arrivals were all good. Raises `NotMeasured` after `timeout_s`."""
        with self._grown:
            if not self._grown.wait_for(self._served, timeout_s):
                raise NotMeasured(f"{self.vantage} was not served within {timeout_s:g} s; {self._newest()}.")

    def close(self) -> None:
        self._stream.close()

    def _served(self) -> bool:
        newest = list(self._recent)[-SERVED:]
        return len(newest) == SERVED and all(map(good, newest))

    def _newest(self) -> str:
        return f"its newest request: {described(self._recent[-1])}" if self._recent else "it sent no request"

    def _follow(self) -> None:
        pending = b""
        while piece := self._stream.read():
            pending += piece
            whole = len(pending) - len(pending) % RECORD.size
            records = map(Request._make, RECORD.iter_unpack(pending[:whole]))
            with self._grown:
                self._recent.extend(request for request in records if request.stream == Stream.probe)
                self._grown.notify_all()
            pending = pending[whole:]


def following(spool: str, records: int) -> list[str]:
    """A command that prints the last `records` whole records of a spool, and then all that is appended."""
    return ["sh", "-c", _FOLLOW, "follow", spool, str(RECORD.size), str(records * RECORD.size)]


def described(request: Request) -> str:
    """``http_error, status 403``."""
    return f"{Outcome(request.outcome).name}{f', status {request.status}' if request.status else ''}"


def good(request: Request) -> bool:
    """Answered correctly and in time, as in `harness.recovery.estimator.good`."""
    return request.outcome == Outcome.ok and request.done - request.due <= GOOD_WITHIN_NS
