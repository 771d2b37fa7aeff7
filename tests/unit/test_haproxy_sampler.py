"""A HAProxy that cannot be asked is unknown, not dead: whatever a site's own configuration says of its socket."""

import errno
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from harness.agents.loop import Loop, now
from harness.agents.services.haproxy import sampler, stats_socket
from harness.agents.services.haproxy.sampler import HaproxySampler
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.model.events import AnyEvent, HaproxySample
from harness.model.units import ms, s
from tests.unit.test_services import STAT

INFO = "Name: HAProxy\nMaxconn: 9986\n\n"


class Api(threading.Thread):
    """HAProxy's runtime socket at `path`, until `close`: one command, one answer."""

    def __init__(self, path: Path, answer: bytes = (STAT + INFO).encode()) -> None:
        super().__init__(daemon=True)
        self._listener, self._answer, self._path = socket.socket(socket.AF_UNIX), answer, path
        self._listener.bind(str(path))
        self._listener.listen()
        self.start()

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                client.recv(4096)
                client.sendall(self._answer)

    def close(self) -> None:
        self._path.unlink()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join()


@dataclass
class Watch:
    """What the sampler asks of a `ServiceWatch`."""

    pid: int
    down: bool = False


def started(*arguments: str) -> subprocess.Popen[bytes]:
    """A process with these arguments, which the kernel shows by now; it ends with its input."""
    command = [sys.executable, "-c", "print(flush=True); input()", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    return process


class Site:
    """A process that was started with a haproxy.cfg, and its sampler. This test's own root is the node's."""

    def __init__(self, folder: Path) -> None:
        self.file, self.socket, self.events = folder / "haproxy.cfg", folder / "var-lib-stats", list[AnyEvent]()
        self.loop = Loop()
        self.processes = [started("-W", "-f", str(self.file)), started("-f", str(self.file))]
        self.watch = Watch(self.processes[0].pid)
        watch = cast("ServiceWatch", self.watch)
        self.sampler = HaproxySampler(self.loop, "lb-ext-1", os.getpid(), watch, self.events.append)
        self.configure(f"stats socket {self.socket} user haproxy group haproxy mode 660 level admin")

    def configure(self, *lines: str) -> None:
        self.file.write_text("\n".join(["global", *(f"    {line}" for line in lines), "defaults", "    mode http"]))

    def sample(self) -> tuple[str, str]:
        """(proxy, status) of the first that one sample told; empty if it told none."""
        self.events.clear()
        self.sampler.sample()
        deadline = now() + 5 * s
        while self.sampler._socket and now() < deadline:
            self.loop.turn(10 * ms)
        told = [event for event in self.events if isinstance(event, HaproxySample)]
        return (told[0].proxy, told[0].status) if told else ("", "")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for process in made.processes:
        process.communicate(b"\n")


HEARD, UNKNOWN, REFUSED = ("api/FRONTEND", "OPEN"), ("", "unknown"), ("", "refused")


def test_the_socket_is_where_the_configuration_says(site: Site) -> None:
    api = Api(site.socket)
    assert site.sample() == HEARD
    assert site.sampler.notes == ()
    api.close()


def test_a_configuration_without_a_socket_says_nothing_of_its_health(site: Site) -> None:
    site.configure("log stdout format raw local0", "stats socket ipv4@127.0.0.1:9999", "stats timeout 30s")
    for _ in range(2):
        assert site.sample() == UNKNOWN
    (note,) = site.sampler.notes
    assert note.startswith("lb-ext-1: its HAProxy cannot be observed: no `stats socket` with a path in ")
    assert str(site.file) in note


def test_a_socket_that_is_not_there_from_the_first_sample_on_is_unknown(site: Site) -> None:
    assert site.sample() == UNKNOWN
    (note,) = site.sampler.notes
    assert note == f"lb-ext-1: its HAProxy cannot be observed: {site.socket}: No such file or directory"


@pytest.mark.parametrize("code", [errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
def test_who_could_not_be_asked_is_unknown_whatever_was_before(
    site: Site, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """`mode 660` of another user: the agent is root without CAP_DAC_OVERRIDE. The others are want of our own."""
    api = Api(site.socket)
    assert site.sample() == HEARD

    def refuse(_: NodeFiles, __: socket.socket, ___: str) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(NodeFiles, "connect", refuse)
        assert site.sample() == UNKNOWN
    assert site.sampler.notes == (f"lb-ext-1: its HAProxy cannot be observed: {site.socket}: {os.strerror(code)}",)
    assert site.sample() == HEARD
    api.close()


def test_who_has_answered_and_no_longer_listens_refuses_until_its_process_is_another(site: Site) -> None:
    api = Api(site.socket)
    assert site.sample() == HEARD
    api.close()
    assert [site.sample(), site.sample()] == [REFUSED, REFUSED]
    site.watch.pid = site.processes[1].pid
    assert site.sample() == UNKNOWN
    site.watch.down = True
    assert site.sample() == REFUSED


def test_a_process_that_is_down_refuses_although_it_was_never_heard(site: Site) -> None:
    site.watch.pid, site.watch.down = 0, True
    assert site.sample() == REFUSED


def test_a_reload_that_moves_the_socket_is_no_refusal(site: Site) -> None:
    api = Api(site.socket)
    assert site.sample() == HEARD
    api.close()
    moved = site.socket.with_name("moved")
    site.configure(f"stats socket {moved}")
    api = Api(moved)
    assert [site.sample(), site.sample()] == [("", ""), HEARD]
    api.close()


@pytest.mark.parametrize(
    "answer",
    [b"", b"Permission denied\n\n", b"\xff\xfe\n\n", STAT.replace("790", "many").encode(), STAT.encode()[:-30]],
    ids=["nothing", "words", "no text", "no number", "torn"],
)
def test_what_is_no_answer_is_unknown_and_kills_nobody(site: Site, answer: bytes) -> None:
    api = Api(site.socket, answer)
    assert site.sample() == UNKNOWN
    api.close()


def test_who_has_answered_and_breaks_off_has_died(site: Site) -> None:
    api = Api(site.socket)
    assert site.sample() == HEARD
    api.close()
    api = Api(site.socket, STAT.encode()[:-30])
    assert site.sample() == REFUSED
    api.close()


def test_an_answer_that_waits_for_the_agent_is_no_silence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent stood still for longer than its patience: the timer is due, and so is the answer."""
    api = Api(site.socket)
    site.sampler.sample()
    asked = site.sampler._socket
    assert asked
    assert select.select([asked], [], [], 5)[0]
    monkeypatch.setattr(sampler, "PATIENCE_NS", 0)
    assert site.sample() == HEARD
    api.close()


def test_who_does_not_answer_is_silent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(site.socket))
        listener.listen()
        site.sampler.sample()
        monkeypatch.setattr(sampler, "PATIENCE_NS", 0)
        assert site.sample() == ("", "silent")


def test_files_of_a_command_line() -> None:
    line = "haproxy -sf 12 -x sockpair@4 -W -f /etc/a.cfg -C /srv -f b -- /etc/c.cfg"
    assert stats_socket.configuration(line.split(" ")) == ["/etc/a.cfg", "/srv/b", "/etc/c.cfg"]


@pytest.mark.parametrize(
    "line, path",
    [
        ("stats socket /run/haproxy.sock", "/run/haproxy.sock"),
        ("\tstats  socket  unix@/run/x mode 600 # comment", "/run/x"),
        ('stats socket "${RUN}/admin.sock" level admin', "/var/run/admin.sock"),
        ("# stats socket /run/x", ""),
        ("stats socket abns@x", ""),
        ("stats socket *:1999", ""),
        ("stats uri /socket", ""),
        ('stats socket "/run/x', ""),
    ],
)
def test_stats_sockets(line: str, path: str) -> None:
    found = [each for each, _ in stats_socket.sockets(f"global\n{line}\n", {"RUN": "/var/run"})]
    assert found == ([path] if path else [])


def test_a_process_without_a_configuration_has_not_started() -> None:
    """HAProxy's master executes itself anew, and has no arguments for a moment: that is no lack of a socket."""
    with started("nothing") as process, pytest.raises(stats_socket.NotStarted):
        stats_socket.find(os.getpid(), process.pid)


def test_of_several_sockets_the_administrators_is_asked(site: Site, tmp_path: Path) -> None:
    """Files of a folder are read in order of their names."""
    folder = tmp_path / "conf.d"
    folder.mkdir()
    (folder / "10.cfg").write_text("global\n stats socket /run/user level user\n stats socket /run/operator\n")
    (folder / "20.cfg").write_text("global\n stats socket /run/admin mode 660 level admin\n")
    (folder / "30.cfg.bak").write_text("global\n stats socket /run/old level admin\n")
    with started("-f", str(folder)) as process:
        assert stats_socket.find(os.getpid(), process.pid) == "/run/admin"
        process.communicate(b"\n")
