"""How keepalived's FIFO and dump are read, whoever else writes there."""

import os
from pathlib import Path

import pytest

from harness.agents.loop import Loop
from harness.agents.services.keepalived import reports
from harness.agents.services.keepalived.watch import LONGEST_LINE, KeepalivedWatch
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.agents.services.runit.supervised import Service
from harness.model.events import AnyEvent, VrrpState
from harness.model.units import ms


class Node:
    """This test's own root is the node's; its keepalived has no process."""

    def __init__(self) -> None:
        self.loop, self.events = Loop(), list[AnyEvent]()
        service = ServiceWatch(self.loop, Service("lb-ext-1", os.getpid(), "keepalived"), self.events.append)
        self.watch = KeepalivedWatch(self.loop, service, self.events.append)

    def write(self, fifo: Path, text: bytes) -> None:
        with fifo.open("wb") as writer:
            writer.write(text)
        self.loop.turn(100 * ms)

    def states(self) -> list[tuple[str, str]]:
        return [(event.instance, event.state) for event in self.events if isinstance(event, VrrpState)]


@pytest.fixture
def fifo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "notify.fifo"
    monkeypatch.setattr(reports, "FIFO", str(path))
    return path


def test_what_a_script_writes_is_left_out_and_noted(fifo: Path) -> None:
    os.mkfifo(fifo)
    node = Node()
    node.watch.look()
    node.write(fifo, b'INSTANCE "VI 1" BACKUP 100\nhello from a script\nINSTANCE "VI 2" MAS')
    node.write(fifo, b'TER 150\n\xff\xfe\nINSTANCE "VI 1" MASTER high\n')
    assert node.states() == [("VI 1", "BACKUP"), ("VI 2", "MASTER")]
    (note,) = node.watch.notes
    assert note == f"lb-ext-1: 3 lines of {fifo} are not keepalived's, the last: 'INSTANCE \"VI 1\" MASTER high'"
    assert {state.instance for state in node.watch.baseline(5) if isinstance(state, VrrpState)} == {"VI 1", "VI 2"}
    node.watch.close()


def test_last_words_in_a_fifo_that_is_replaced_are_read(fifo: Path) -> None:
    """keepalived says STOP at its end, removes its FIFO and makes another at its next start: all before a late look."""
    os.mkfifo(fifo)
    node = Node()
    node.watch.look()
    with fifo.open("wb") as writer:
        writer.write(b'INSTANCE "external" STOP 150\n')
    fifo.unlink()
    os.mkfifo(fifo)
    node.watch.look()
    node.write(fifo, b'INSTANCE "external" BACKUP 150\n')
    assert node.states() == [("external", "STOP"), ("external", "BACKUP")]
    node.watch.close()


def test_a_replaced_fifo_that_is_written_without_end_holds_nobody_up(
    fifo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(fifo)
    node = Node()
    node.watch.look()
    read = list[int]()

    def endless(_: int, size: int) -> bytes:
        read.append(size)
        return b"x" * size

    monkeypatch.setattr(os, "read", endless)
    fifo.unlink()
    os.mkfifo(fifo)
    node.watch.look()
    assert 0 < sum(read) <= 1 << 20
    node.watch.close()


def test_a_dump_that_leads_in_a_circle_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception would end the agent, and a node could so end the agent of all nodes."""
    circle = tmp_path / "keepalived.data"
    circle.symlink_to(circle)
    monkeypatch.setattr(reports, "TEXT", str(circle))
    settings = Node().watch._settings
    assert settings._changed_ns() == 0
    assert settings._missing == f"{circle}: Too many levels of symbolic links"


def test_a_line_without_an_end_is_not_kept_for_ever(fifo: Path) -> None:
    os.mkfifo(fifo)
    node = Node()
    node.watch.look()
    for _ in range(3):
        node.write(fifo, b"x" * LONGEST_LINE)
    assert len(node.watch._unread) == LONGEST_LINE
    node.write(fifo, b'\nINSTANCE "external" FAULT 100\n')
    assert node.states() == [("external", "FAULT")]
    node.watch.close()


def test_what_is_no_fifo_is_noted_and_a_fifo_in_its_place_is_followed(fifo: Path) -> None:
    node = Node()
    node.watch.look()
    assert not node.watch.notes
    fifo.write_text("a file\n")
    for _ in range(2):
        node.watch.look()
    assert node.watch.notes == (f"lb-ext-1: {fifo} is no FIFO",)
    fifo.unlink()
    os.mkfifo(fifo)
    node.watch.look()
    assert not node.watch.notes
    node.write(fifo, b'INSTANCE "external" FAULT 100\n')
    assert node.states() == [("external", "FAULT")]
    node.watch.close()
