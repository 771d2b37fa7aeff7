"""The parts of a load worker that need neither Locust nor a network: schedule, spool, HTTP, place."""

from pathlib import Path

import pytest
import yaml

from harness.model.errors import UnknownName
from harness.model.requests import RECORD, Outcome, Request, Stream
from harness.model.topology import Topology
from harness.model.units import ms, s
from locustfiles.http import Response, ask, field, get, outcome_of, read_response
from locustfiles.place import Place
from locustfiles.schedule import NEVER, SLACK, Schedule
from locustfiles.sink import Sink

COMPOSE = Path(__file__).parents[2] / "compose" / "compose.yaml"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-LB-Node: lb-ext-2\r\nx-api-node: API-1\r\n\r\n"


class Pieces:
    """A source that gives one piece after another, then ends."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def receive(self, deadline_ns: int) -> bytes:
        if not self._pieces:
            raise EOFError
        return self._pieces.pop(0)


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


def test_response_in_pieces_is_read_to_its_end() -> None:
    pieces = Pieces(HEAD[:30], HEAD[30:] + b"he", b"llo")
    assert read_response(pieces, s) == Response(200, b"lb-ext-2", b"api-1", reusable=True)
    with pytest.raises(EOFError):
        pieces.receive(0)


def test_response_without_length_ends_with_its_connection() -> None:
    response = read_response(Pieces(b"HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\n<html>"), s)
    assert (response.status, response.reusable) == (503, False)


def test_connection_close_is_not_reusable() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n"
    assert not read_response(Pieces(head), s).reusable


@pytest.mark.parametrize("pieces", [(), (HEAD,), (b"HTTP/1.1 200",)])
def test_early_end_is_eof(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(EOFError):
        read_response(Pieces(*pieces), s)


def test_what_is_not_http_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        read_response(Pieces(b"SSH-2.0-OpenSSH\r\n\r\n"), s)


def test_field_matches_whole_names_only() -> None:
    head = b"http/1.1 200 ok\r\nx-x-lb-node: a\r\nx-lb-node:b \r\nlast: c"
    assert (field(head, b"x-lb-node"), field(head, b"last"), field(head, b"none")) == (b"b", b"c", b"")


def test_get_asks_for_what_becomes_of_the_connection() -> None:
    assert get("/event/7", "10.77.0.100", keep_alive=False, token="k.s").startswith(
        b"GET /event/7 HTTP/1.1\r\nHost: 10.77.0.100\r\n"
    )
    assert b"Connection: close\r\n\r\n" in get("/", "x", keep_alive=False, token="k.s")
    assert b"Connection: keep-alive\r\n\r\n" in get("/", "x", keep_alive=True, token="k.s")


def test_a_post_has_no_body_and_says_so() -> None:
    line = ask("POST /token", "x", keep_alive=False, token="k.s")
    assert line.startswith(b"POST /token HTTP/1.1\r\n")
    assert line.endswith(b"\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    "error, outcome",
    [
        (ConnectionRefusedError(111, ""), Outcome.refused),
        (OSError(113, ""), Outcome.unreachable),
        (OSError(101, ""), Outcome.unreachable),
        (ConnectionResetError(104, ""), Outcome.reset),
        (OSError(24, ""), Outcome.local),
        (TimeoutError(), Outcome.connect_timeout),
        (OSError(110, ""), Outcome.connect_timeout),
        (EOFError(), Outcome.eof),
        (ValueError(), Outcome.http_error),
    ],
)
def test_failures_in_the_models_terms(error: Exception, outcome: Outcome) -> None:
    assert outcome_of(error, Outcome.connect_timeout) is outcome


def test_place_in_the_lab() -> None:
    topology = Topology.from_compose(yaml.safe_load(COMPOSE.read_text()))
    place = Place.of(topology, "customer-2")
    assert (place.number, place.target) == (2, ("10.77.0.100", 80))
    assert place.balancers == {b"lb-ext-1": 1, b"lb-ext-2": 2}
    assert place.apis == {b"api-1": 1, b"api-2": 2}
    with pytest.raises(UnknownName, match="customer-3"):
        Place.of(topology, "customer-4")
