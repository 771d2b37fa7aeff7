"""Commands to the load: streams of requests from every vantage point, changed while they run.

Client → master: one ask per line on ``SOCKET``; master → client: one `Answered` or `Refused` per ask, in order.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec.structs import replace

from harness.model.protocol import SOCKET as AGENT_SOCKET
from harness.model.protocol import Ask, Refused, Reply
from harness.model.requests import Stream
from harness.model.units import ms, s

SOCKET: Final = AGENT_SOCKET.format(name="load")
FLOOD_SOCKET: Final = "/run/flood/flood.sock"
"""In a customer: one line, a `Flood`, begins a flood; `FloodSample` lines tell of it; the connection's end ends it.

A client that closes only its sending direction still gets the samples: the generator closes the other direction when
the last session is gone.
"""
SPOOL: Final = "/spool/requests.rec"

RequestLine = Annotated[str, msgspec.Meta(pattern=r"^(GET|POST) /[!-~]*( [2-5][0-9][0-9])?$")]
"""Method, path, and the status of a right answer where it is not the stream's `expect`: ``POST /token 201``."""

_Timeout = Annotated[int, msgspec.Meta(gt=0, le=600 * s)]


class StreamSetting(msgspec.Struct, frozen=True):
    """How a stream sends. `rate_hz` 0: not at all; those in flight are still recorded as they end."""

    rate_hz: Annotated[float, msgspec.Meta(ge=0, le=10_000)]
    connect_timeout_ns: _Timeout = 500 * ms
    read_timeout_ns: _Timeout = 2 * s
    path: Annotated[str, msgspec.Meta(pattern=r"^/[!-~]*$")] = "/event/7"  # the toy API's one read
    expect: Annotated[int, msgspec.Meta(ge=200, le=599)] = 200  # the status of a right answer; any other is a failure
    mix: tuple[RequestLine, ...] = ()  # these in turn, instead of `path`
    target: Annotated[str, msgspec.Meta(pattern=r"^$|^[0-9.]*:[0-9]+$")] = ""  # ":PORT", or "": of its own VIP
    cap: Annotated[int, msgspec.Meta(gt=0)] = 15_000  # more in flight than this: recorded as dropped, not sent
    retries: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0  # after a bad answer; each attempt is an arrival of its own


QUIET: Final = StreamSetting(rate_hz=0)
PROBE: Final = StreamSetting(rate_hz=200)
PROBE_SPARINGLY: Final = StreamSetting(rate_hz=40)  # where caches are the result, and two labs share a machine
BACKGROUND: Final = StreamSetting(rate_hz=0, connect_timeout_ns=30 * s, read_timeout_ns=30 * s, path="/me")
HEALTH: Final = StreamSetting(rate_hz=1, connect_timeout_ns=s, path="/health")  # it waits for no database
CONNECTED: Final = StreamSetting(rate_hz=20, read_timeout_ns=10 * s)  # longer than any hang that a check tolerates


def with_rates(streams: Mapping[Stream, StreamSetting], load_hz: Mapping[str, float]) -> dict[Stream, StreamSetting]:
    """The same streams, with other rates: `load_hz` has them by the stream's name."""
    changed = {Stream[name]: replace(streams[Stream[name]], rate_hz=hz) for name, hz in load_hz.items()}
    return {**streams, **changed}


class LoadAsk(Ask, frozen=True):
    """`vantages`: the vantage points that it is for; empty: all."""

    vantages: tuple[str, ...] = ()


class SetStream(LoadAsk, frozen=True, tag="set_stream", kw_only=True):
    """From now on this stream sends like that."""

    stream: Stream
    setting: StreamSetting


class Sync(LoadAsk, frozen=True, tag="sync"):
    """Put every record that is known onto the disk.

    First wait, at most `patience_ns`, for the outcome of what was due before `before_ns`.
    """

    before_ns: int = 0
    patience_ns: Annotated[int, msgspec.Meta(ge=0, le=600 * s)] = 3 * s


class Answer(msgspec.Struct, frozen=True):
    """One worker's. `at`: when the command took effect; `size`: bytes in its spool by then."""

    at: int
    size: int
    undecided: int = 0  # due before `before_ns`, outcome still unknown
    error: str = ""


class Answered(Reply, frozen=True, tag="answered"):
    """By vantage point. `missing`: those that did not answer in time."""

    answers: dict[str, Answer]
    missing: tuple[str, ...] = ()


AnyLoadAsk = SetStream | Sync
AnyLoadReply = Answered | Refused


class Order(msgspec.Struct, frozen=True):
    """Master → workers: an ask with the master's own number, because clients choose theirs freely."""

    number: int
    ask: AnyLoadAsk


class Reported(msgspec.Struct, frozen=True):
    """Worker → master."""

    number: int
    vantage: str
    answer: Answer
