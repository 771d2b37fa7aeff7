"""Records on disk: their numbers are read by every later harness, and by numpy."""

import numpy as np

from harness.model.requests import DTYPE, OURS, RECORD, Outcome, Request, Stream

OUTCOMES = (
    "ok", "http_error", "refused", "connect_timeout", "unreachable", "reset", "eof", "read_timeout", "local", "dropped",
    "failed",
)  # fmt: skip


def test_numbers_on_disk_stay_what_they_were() -> None:
    """A word that comes later has the next number."""
    assert {outcome.name: outcome.value for outcome in Outcome} == dict(zip(OUTCOMES, range(11), strict=True))
    assert {stream.name: stream.value for stream in Stream} == {
        "probe": 0, "connected": 1, "background": 2, "flood": 3, "health": 4,
    }  # fmt: skip


def test_what_was_never_asked_is_our_own_failure() -> None:
    assert {outcome.name for outcome in OURS} == {"local", "dropped"}


def test_numpy_reads_what_a_worker_wrote() -> None:
    written = Request(1 << 40, 2 << 40, 3 << 40, 1 << 31, 503, Outcome.http_error, 1, 2, 3, Stream.health)
    packed = RECORD.pack(*written)
    assert len(packed) == np.dtype(DTYPE).itemsize == 36
    (read,) = np.frombuffer(packed, DTYPE)
    assert {name: int(read[name]) for name in Request._fields} == written._asdict()
