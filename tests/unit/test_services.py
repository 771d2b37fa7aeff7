"""What the service agent reads: runit's status, HAProxy's answers, keepalived's words, IP counters."""

import os
import shlex
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from harness.agents.services import counters, every, listeners
from harness.agents.services.haproxy import operator_changes, runtime, stats_socket
from harness.agents.services.keepalived import reports
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.pace import Pace
from harness.agents.services.runit import supervised
from harness.agents.services.runit.supervised import Service
from harness.model.errors import AgentError, BadValue
from harness.model.events import ConnectingSample, HaproxySample, InterfaceCounted, VrrpDump, VrrpState
from harness.model.units import s

STAT = """# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,rate,req_tot,qtime,ctime,rtime,ttime,
api,FRONTEND,,,10,12,2000,800,OPEN,70,790,,,,,
servers,api-1,3,4,5,6,,400,UP,30,390,6,1,12,21,
servers,BACKEND,3,4,10,12,200,800,UP,70,790,5,1,11,19,

"""


def test_show_stat_becomes_one_sample_per_proxy() -> None:
    frontend, server, _ = runtime.samples(STAT, "lb-ext-1", 5, 9986)
    assert frontend == HaproxySample(5, "lb-ext-1", "api/FRONTEND", "OPEN", 10, 2000, 0, 790, 0, 9986, rate=70)
    assert server == HaproxySample(5, "lb-ext-1", "servers/api-1", "UP", 5, 0, 3, 390, 12, 9986, 6, 1, 21, 30)


def test_a_row_that_breaks_off_has_empty_counters() -> None:
    (sample,) = runtime.samples(STAT.splitlines()[0] + "\napi,FRONTEND,,,10", "lb-ext-1", 5, 1)
    assert (sample.sessions, sample.status, sample.requests) == (10, "", 0)


@pytest.mark.parametrize("answer", ["", "# nonsense", "# pxname,svname\napi,FRONTEND"])
def test_what_is_no_table_is_refused(answer: str) -> None:
    with pytest.raises(AgentError, match="the answer to `show stat` lacks"):
        list(runtime.samples(answer, "lb-ext-1", 5, 1))


def test_of_a_long_configuration_only_what_may_be_a_socket_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """HAProxy that names no socket is looked at every 80 ms: a thousand lines took 86 ms of the agent's loop."""
    taken: list[str] = []
    split = shlex.split

    def counted(line: str, *, comments: bool) -> list[str]:
        taken.append(line)
        return split(line, comments=comments)

    monkeypatch.setattr(shlex, "split", counted)
    text = "\n".join(["    server api 10.0.0.1:80 check"] * 1000 + ["stats socket /run/a.sock level admin"])
    assert list(stats_socket.sockets(text, {})) == [("/run/a.sock", ["level", "admin"])]
    assert len(taken) == 1


def test_the_process_limit_is_maxconn_and_no_other_maximum() -> None:
    assert runtime.process_limit("Maxsock: 20000\nMaxconn: 9986\nHard_maxconn: 7\nMaxconnReached: 3\n") == 9986


def test_a_key_that_cannot_be_set_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(BadValue, match="maxconn frontend NAME"):
        runtime.read(1, "shutdown frontend api")


@pytest.mark.parametrize(
    "key, value",
    [
        ("maxconn frontend api;shutdown", "5"),
        ("maxconn frontend api\nshutdown", "5"),
        ("maxconn\nglobal", "5"),
        ("maxconn  global", "5"),
        ("maxconn global", "5;shutdown frontend api"),
        ("maxconn global", "5\nshutdown frontend api"),
        ("server servers/api\\ 1 state", "ready"),
        ("server servers/api-1 state", ""),
    ],
)
def test_what_would_be_another_command_never_reaches_haproxy(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setattr(runtime, "ask", lambda _init, command: pytest.fail(command))
    with pytest.raises(BadValue):
        runtime.write(1, key, value)


def test_a_key_that_holds_a_second_command_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "ask", lambda _init, command: pytest.fail(command))
    with pytest.raises(BadValue):
        runtime.read(1, "weight servers/api-1;shutdown")


def test_notes_that_somebody_else_wrote_are_not_sent_to_haproxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They lie in the node, where a site's own scripts run."""
    notes = tmp_path / operator_changes.NOTES.lstrip("/")
    notes.parent.mkdir(parents=True)
    notes.write_text("maxconn global;shutdown frontend api\t5\n")
    monkeypatch.setattr(NodeFiles, "of", lambda _init: NodeFiles(str(tmp_path)))
    monkeypatch.setattr(runtime, "ask", lambda _init, command: pytest.fail(command))
    with pytest.raises(AgentError, match="lb-ext-1: remove 'maxconn global;shutdown"):
        operator_changes.OperatorChanges(Service("lb-ext-1", 1, "haproxy")).restore()


def test_notify_fifo_lines() -> None:
    text = 'INSTANCE "external" MASTER 150\nGROUP "both" MASTER 0\nINSTANCE "external" MASTER_RX_LOWER_PRI 150'
    (first, second), foreign = reports.states(text, "lb-ext-1", 5)
    assert first == VrrpState(5, "lb-ext-1", "external", "MASTER", 150)
    assert (second.state, foreign) == ("MASTER_RX_LOWER_PRI", ())


def test_an_instance_may_have_blanks_and_quotes_in_its_name() -> None:
    """keepalived.conf takes a quoted string; the FIFO has it in quotes again."""
    names = ["VI external 1", 'the "other"', "external", "MASTER 150"]
    told, foreign = reports.states("".join(f'INSTANCE "{name}" BACKUP 100\n' for name in names), "lb-ext-1", 5)
    assert ([state.instance for state in told], foreign) == (names, ())


FOREIGN = (
    "INSTANCE external MASTER 150",
    'INSTANCE "external" MASTER high',
    'INSTANCE "external" MASTER',
    'INSTANCE "external" SUPERIOR 150',
    'INSTANCE "external" MASTER 15000000000000000000000',
    "somebody was here",
    "\ufffd\0",
)


def test_what_others_write_to_the_fifo_is_counted_and_kills_nobody() -> None:
    text = "\n".join(["", *FOREIGN, 'INSTANCE "external" FAULT 150', "VS [10.0.0.1]:tcp:80 UP"])
    told, foreign = reports.states(text, "lb-ext-1", 5)
    assert ([state.state for state in told], foreign) == (["FAULT"], FOREIGN)


def test_json_dump() -> None:
    raw = b'[{"data":{"iname":"external","vrid":51,"vipset":true,"state":2},"stats":{"advert_sent":4}}]'
    assert list(reports.dumps(raw, "lb-ext-1", 5)) == [VrrpDump(5, "lb-ext-1", "external", "MASTER", vip_set=True)]


@pytest.mark.parametrize("state, word", [(0, "INIT"), (3, "FAULT"), (4, "?"), (-1, "?"), (99, "?")])
def test_each_instance_of_a_dump_says_its_own_state(state: int, word: str) -> None:
    one = '{"data":{"iname":"one","vipset":true,"state":2}}'
    raw = f'[{one},{{"data":{{"iname":"the other","vipset":false,"state":{state}}}}}]'.encode()
    first, second = reports.dumps(raw, "lb-ext-1", 5)
    assert (first.instance, first.state, first.vip_set) == ("one", "MASTER", True)
    assert (second.instance, second.state, second.vip_set) == ("the other", word, False)


@pytest.mark.parametrize("raw", [b'[{"data":{"iname":"\xff"}}]', b"{}", b"", b"\xff", b"null"])
def test_what_is_no_dump_is_an_error_of_one_kind(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        list(reports.dumps(raw, "lb-ext-1", 5))


def test_a_dump_that_is_being_written_is_torn_not_empty() -> None:
    with pytest.raises(msgspec.DecodeError):
        list(reports.dumps(b'[{"data":{"iname":"ext', "lb-ext-1", 5))


def test_runit_status() -> None:
    running = bytes(12) + (4242).to_bytes(4, "little") + b"\0u\0\1"
    assert supervised.parse_status(running) == supervised.Status(4242, wanted_up=True, running=True)
    down = bytes(16) + b"\0d\0\0"
    assert supervised.parse_status(down) == supervised.Status(0, wanted_up=False, running=False)


@pytest.mark.parametrize("flag, forwarding", [("1", True), ("2", False)])
def test_ip_counters(flag: str, *, forwarding: bool) -> None:
    text = f"Ip: Forwarding DefaultTTL InReceives ForwDatagrams\nIp: {flag} 64 900 17\nIcmp: InMsgs\nIcmp: 3\n"
    assert counters.counted(text, "lb-ext-2", 5) == InterfaceCounted(5, "lb-ext-2", 17, forwarding)


def test_connections_in_use_and_not_established_are_being_made() -> None:
    """16 sockets of TCP, of which 4 are established; whoever reads later may see more established than were in use."""
    sockets = "sockets: used 30\nTCP: inuse {} orphan 0 tw 3 alloc 17 mem 1\nUDP: inuse 2 mem 0\n"
    statistics = "Tcp: RtoMin CurrEstab InSegs\nTcp: 200 4 99\n"
    for in_use, connecting in ((16, 12), (3, 0)):
        sample = counters.unestablished(sockets.format(in_use), statistics, "customer-1", 5)
        assert sample == ConnectingSample(5, "customer-1", connecting)


LISTENS = """
import socket
with socket.create_server(("127.0.0.1", 0), backlog=5) as listener:
    print(listener.getsockname()[1], flush=True)
    input()
    listener.accept()
    print("accepted", flush=True)
    input()
"""


def test_who_is_connected_and_not_accepted_waits_at_the_listener() -> None:
    """A process that accepts when it is told to; one socket, of however many processes, counts once."""
    command = [sys.executable, "-c", LISTENS]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
        ExitStack() as clients,
    ):
        assert process.stdin
        assert process.stdout
        port = int(process.stdout.readline())
        for _ in range(3):
            clients.enter_context(socket.create_connection(("127.0.0.1", port)))
        (found,) = listeners.listeners(process.pid)
        assert (found.port, found.waiting, found.backlog) == (port, 3, 5)
        print(file=process.stdin, flush=True)
        assert process.stdout.readline() == "accepted\n"
        (sample,) = listeners.read([process.pid] * 2, process.pid, "lb", 5)
        assert (sample.node, sample.port, sample.waiting, sample.backlog) == ("lb", port, 2, 5)


def test_a_process_that_is_gone_listens_nowhere() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert listeners.listeners(child.pid) == []


def test_what_a_full_queue_turned_away() -> None:
    text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 34 55\nIpExt: InNoRoutes\nIpExt: 9\n"
    assert counters.table(text, "TcpExt")["ListenOverflows"] == "34"
    assert min(counters.turned_away(os.getpid())) >= 0


@pytest.mark.parametrize("late_ns, due_ns", [(0, 80), (79, 80), (81, 160), (400, 400)])
def test_a_late_turn_does_not_delay_the_others(late_ns: int, due_ns: int) -> None:
    assert every.following(0, 80, late_ns) == due_ns


def test_whoever_shares_a_pace_does_not_come_at_once() -> None:
    pace = Pace(period := 10 * s)
    first, second, third = pace.next(), pace.next(), pace.next()
    assert (second - first, third - second) == (period, period)


def test_an_instant_that_has_passed_is_now() -> None:
    pace = Pace(1)
    before = time.monotonic_ns()
    assert pace.next() >= before


def test_no_process_of_this_test_would_take_a_dump() -> None:
    """Real-time signals kill whoever does not handle them: this very process, for one."""
    assert not reports.takes(os.getpid(), reports.DUMP_SIGNAL)
