"""The parts of a load worker that need neither Locust nor a network: schedule, spool, HTTP, vantage point."""

import errno
from pathlib import Path

import h11
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.model.endpoint import Endpoint
from harness.model.errors import UnknownName
from harness.model.requests import RECORD, Outcome, Request, Stream
from harness.model.topology import Topology
from harness.model.units import ms, s
from locustfiles.http import Response, ask, outcome_of, read_response
from locustfiles.schedule import NEVER, SLACK, Schedule
from locustfiles.sink import Sink
from locustfiles.vantage_point import VantagePoint

COMPOSE = Path(__file__).parents[2] / "compose" / "compose.yaml"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-LB-Node: lb-ext-2\r\nx-api-node: API-1\r\n\r\n"


class Pieces:
    """A source that gives one piece after another, then the end of the stream."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def receive(self, deadline_ns: int) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def begun(schedule: Schedule, now: int, until: int) -> list[tuple[int, int]]:
    """(due, begun) of all arrivals if the worker is awake from `now` to `until`."""
    arrivals = []
    while (instant := max(schedule.next, now)) < until:
        now = instant
        arrivals.append((schedule.take(now), now))
    return arrivals


def test_silent_schedule_has_no_next_arrival() -> None:
    assert Schedule().next == NEVER


def test_arrivals_are_even_from_the_command_on() -> None:
    schedule = Schedule()
    schedule.change(200, 1000 * ms)
    assert begun(schedule, 1000 * ms, 1020 * ms) == [(t, t) for t in range(1000 * ms, 1020 * ms, 5 * ms)]


def test_late_arrivals_keep_their_due_times_and_come_at_twice_the_rate() -> None:
    schedule = Schedule()
    schedule.change(100, 0)
    arrivals = begun(schedule, 500 * ms, 1500 * ms)
    assert [due for due, _ in arrivals] == list(range(0, 1500 * ms, 10 * ms))
    at_once = SLACK // (5 * ms) + 1
    assert {begin for _, begin in arrivals[:at_once]} == {500 * ms}
    assert [begin for _, begin in arrivals[at_once : at_once + 4]] == [505 * ms, 510 * ms, 515 * ms, 520 * ms]
    assert arrivals[-1] == (1490 * ms, 1490 * ms)


def test_a_process_that_wakes_late_each_time_keeps_up() -> None:
    schedule = Schedule()
    schedule.change(200, 0)
    now, late = 0, []
    while now < s:
        now = schedule.next + 12 * ms
        while schedule.next <= now:
            late.append(now - schedule.take(now))
    assert max(late) <= 12 * ms


def test_a_faster_rate_counts_from_the_command_and_skips_nothing() -> None:
    schedule = Schedule()
    schedule.change(1, 0)
    assert schedule.take(0) == 0
    schedule.change(100, 300 * ms)
    assert schedule.next == 310 * ms
    schedule.change(0, 305 * ms)
    assert schedule.next == NEVER
    schedule.change(1, 400 * ms)
    assert schedule.next == 400 * ms


def test_overdue_arrival_survives_a_command() -> None:
    schedule = Schedule()
    schedule.change(100, 0)
    schedule.change(200, 50 * ms)
    assert schedule.take(50 * ms) == 0


def test_stop_cuts_what_is_due_later_and_keeps_what_is_overdue() -> None:
    schedule = Schedule()
    schedule.change(100, 0)
    schedule.change(0, 25 * ms)
    assert [due for due, _ in begun(schedule, 25 * ms, s)] == [0, 10 * ms, 20 * ms]
    assert (schedule.next, schedule.owes(s)) == (NEVER, False)


def test_owes_what_was_due_and_has_not_begun() -> None:
    schedule = Schedule()
    schedule.change(100, 0)
    assert schedule.owes(1)
    assert not schedule.owes(0)
    schedule.take(0)
    assert not schedule.owes(10 * ms)


def test_closed_loop_forgives_what_passed_while_it_waited() -> None:
    schedule = Schedule()
    schedule.change(20, 0)
    schedule.take(0)
    schedule.forgive(2 * s)
    assert schedule.take(2 * s) == 2 * s
    assert schedule.next == 2 * s + 50 * ms


def record(number: int) -> Request:
    return Request(number, number, number, number, 200, Outcome.ok, 1, 2, 3, Stream.probe)


def test_sink_appends_whole_records_and_repairs_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "requests.rec"
    sink = Sink(path)
    sink.add(record(1))
    assert sink.write() == RECORD.size
    with path.open("ab") as file:
        file.write(b"torn")
    again = Sink(path)
    again.add(record(2))
    assert again.write() == 2 * RECORD.size
    assert [Request(*each) for each in RECORD.iter_unpack(path.read_bytes())] == [record(1), record(2)]


def test_sink_gives_old_records_back_to_the_disk_and_keeps_offsets(tmp_path: Path) -> None:
    path = tmp_path / "requests.rec"
    sink = Sink(path, keep=1 << 16)
    for number in range(20_000):
        sink.add(record(number))
        if number % 1000 == 999:
            sink.write()
    assert sink.size == 20_000 * RECORD.size
    assert path.stat().st_blocks * 512 <= 2 * (1 << 16) + 1000 * RECORD.size + 8192
    last = path.read_bytes()[-RECORD.size :]
    assert RECORD.unpack(last) == record(19_999)


def response(*pieces: bytes) -> Response:
    """What becomes of these pieces, then the end of the stream."""
    return read_response(Pieces(*pieces), parser(), s)


def parser() -> h11.Connection:
    return ask("GET /event/7", "10.77.0.100", "k.s", keep_alive=True)[0]


def test_response_in_pieces_is_read_to_its_end() -> None:
    pieces = Pieces(HEAD[:30], HEAD[30:] + b"he", b"llo")
    assert read_response(pieces, parser(), s) == Response(200, b"lb-ext-2", b"api-1", reusable=True)
    assert pieces.receive(0) == b""


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-LB-Node: lb-ext-1\r\n\r\n"


def test_chunked_body_is_read_to_its_end() -> None:
    pieces = Pieces(CHUNKED, b"5\r\nhe", b"llo\r\n", b"0\r\n", b"\r\n")
    assert read_response(pieces, parser(), s) == Response(200, b"lb-ext-1", b"", reusable=True)
    assert pieces.receive(0) == b""


def test_body_without_length_ends_with_its_connection() -> None:
    seen = response(b"HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\n<ht", b"ml>")
    assert (seen.status, seen.reusable) == (503, False)


def test_announcement_of_more_to_come_is_no_response() -> None:
    assert response(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", HEAD + b"hello").status == 200


@pytest.mark.parametrize("head", [b"Connection: Close\r\n\r\n", b"\r\n" + b"more than was asked for"])
def test_connection_that_cannot_go_on_is_not_reused(head: bytes) -> None:
    assert not response(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n" + head).reusable


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 200",),
        (HEAD[:-2],),
        (HEAD,),
        (HEAD, b"hell"),
        (CHUNKED,),
        (CHUNKED, b"5\r\nhel"),
        (CHUNKED, b"5\r\nhello\r\n"),
        (CHUNKED, b"5\r\nhello\r\n0\r\n"),
    ],
)
def test_response_that_is_cut_off_is_an_early_end(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(EOFError) as caught:
        response(*pieces)
    assert outcome_of(caught.value, Outcome.read_timeout) is Outcome.eof


@given(st.sampled_from([HEAD + b"hello", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"]), st.data())
def test_wherever_a_response_is_cut_it_has_ended_early(whole: bytes, data: st.DataObject) -> None:
    """And however it is divided into pieces, it is the same response."""
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(EOFError):
        response(*filter(None, [whole[: cut // 2], whole[cut // 2 : cut]]))
    assert response(*filter(None, [whole[:cut], whole[cut:]])) == response(whole)


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        CHUNKED + b"hello\r\n",
    ],
)
def test_what_is_not_http_is_answered_wrongly(garbage: bytes) -> None:
    with pytest.raises(h11.RemoteProtocolError) as caught:
        response(garbage)
    assert outcome_of(caught.value, Outcome.read_timeout) is Outcome.http_error


def test_request_asks_for_what_becomes_of_the_connection() -> None:
    _, once = ask("GET /event/7", "10.77.0.100", "k.s", keep_alive=False)
    assert once.startswith(b"GET /event/7 HTTP/1.1\r\nHost: 10.77.0.100\r\nAuthorization: Bearer k.s\r\n")
    assert once.endswith(b"Connection: close\r\n\r\n")
    _, again = ask("GET /", "x", "k.s", keep_alive=True)
    assert again.endswith(b"Connection: keep-alive\r\n\r\n")


def test_a_post_has_no_body_and_says_so() -> None:
    _, data = ask("POST /token", "x", "k.s", keep_alive=False)
    assert data.startswith(b"POST /token HTTP/1.1\r\n")
    assert data.endswith(b"\r\nContent-Length: 0\r\n\r\n")


OUR_OWN = ("EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM")


@pytest.mark.parametrize("name", OUR_OWN)
def test_our_own_side_fails_when_it_has_run_out(name: str) -> None:
    assert outcome_of(OSError(getattr(errno, name), ""), Outcome.connect_timeout) is Outcome.local


@pytest.mark.parametrize("number", sorted({*errno.errorcode, 4242} - {getattr(errno, name) for name in OUR_OWN}))
def test_every_other_errno_is_a_failure_of_the_system_under_test(number: int) -> None:
    """Of one that nobody has thought of, too."""
    assert outcome_of(OSError(number, ""), Outcome.connect_timeout) not in (Outcome.local, Outcome.dropped, Outcome.ok)


@pytest.mark.parametrize(
    "error, outcome",
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), Outcome.refused),
        (OSError(errno.EHOSTUNREACH, ""), Outcome.unreachable),
        (OSError(errno.EHOSTDOWN, ""), Outcome.unreachable),
        (OSError(errno.ENETUNREACH, ""), Outcome.unreachable),
        (OSError(errno.ENETDOWN, ""), Outcome.unreachable),
        (ConnectionResetError(errno.ECONNRESET, ""), Outcome.reset),
        (ConnectionAbortedError(errno.ECONNABORTED, ""), Outcome.reset),
        (BrokenPipeError(errno.EPIPE, ""), Outcome.reset),
        (TimeoutError(), Outcome.connect_timeout),
        (OSError(errno.ETIMEDOUT, ""), Outcome.connect_timeout),
        (OSError(errno.EPERM, ""), Outcome.failed),
        (OSError(), Outcome.failed),
    ],
)
def test_failures_in_the_models_terms(error: Exception, outcome: Outcome) -> None:
    assert outcome_of(error, Outcome.connect_timeout) is outcome


def test_place_in_the_lab() -> None:
    topology = Topology.from_compose(yaml.safe_load(COMPOSE.read_text()))
    vantage = VantagePoint.of(topology, "customer-2")
    assert (vantage.number, vantage.target) == (2, ("10.77.0.100", 80))
    assert vantage.balancers == {b"lb-ext-1": 1, b"lb-ext-2": 2}
    assert vantage.apis == {b"api-1": 1, b"api-2": 2}
    with pytest.raises(UnknownName, match="customer-3"):
        VantagePoint.of(topology, "customer-4")


def test_a_vantage_point_knows_what_it_asks_and_where() -> None:
    """The connection goes to the VIP; the host is only named."""
    compose = yaml.safe_load(COMPOSE.read_text())
    compose["x-lab"]["vantages"]["customer-2"]["asks"] = "https://www.example.com:8443/"
    topology = Topology.from_compose(compose)
    asking, usual = VantagePoint.of(topology, "customer-2"), VantagePoint.of(topology, "customer-1")
    assert (asking.target, asking.host) == (("10.77.0.100", 8443), "www.example.com")
    assert asking.asks == Endpoint("https", "www.example.com", 8443)
    assert (usual.asks, usual.host) == (None, "10.77.0.100")
