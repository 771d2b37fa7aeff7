"""What faults left is looked for beside the loop, and removed only if no op is held by then. The node is a folder."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.agents.agent import Agent
from harness.agents.conductor import Conductor
from harness.agents.lanes import Lanes
from harness.agents.leftover import Leftover
from harness.agents.loop import Loop
from harness.agents.mailbox import Mailbox
from harness.agents.pending import begin
from harness.agents.services import resource_ops, sweep
from harness.agents.services.node_files import NodeFiles
from harness.model.ops import KEPT


class Busy:
    """A conductor's answers, one after the other."""

    def __init__(self, *answers: bool) -> None:
        self._answers = list(answers)

    async def undo_left(self) -> tuple[str, ...]:
        return ()

    @property
    def busy(self) -> bool:
        return self._answers.pop(0)


def swept(*busy: bool) -> list[tuple[str, str]]:
    """What was done, and in which thread."""
    done: list[tuple[str, str]] = []
    loop = Loop()

    def doing(what: str) -> Callable[[], None]:
        return lambda: done.append((what, threading.current_thread().name))

    def find() -> Leftover:
        doing("find")()
        return Leftover(doing("at once"), doing("then"))

    agent = SimpleNamespace(_lanes=Lanes(Mailbox(loop)), sweep=lambda: find)
    pending = begin(Agent._sweep(cast("Agent", agent), cast("Conductor", Busy(*busy))))
    while not pending.done:
        loop.turn(1_000_000)
    pending.result()
    return done


def test_looking_and_what_takes_seconds_do_not_keep_the_loop_waiting() -> None:
    assert swept(False, False) == [("find", "survey"), ("at once", "MainThread"), ("then", "survey")]


def test_what_an_op_may_have_made_meanwhile_stays() -> None:
    assert swept(False, True) == [("find", "survey")]
    assert swept(True) == []


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc/7").mkdir(parents=True)
    monkeypatch.setattr(NodeFiles, "of", classmethod(lambda cls, _init: cls(str(tmp_path))))
    monkeypatch.setattr(resource_ops, "fillers", lambda _init: [])
    return tmp_path


def test_originals_come_back_where_nothing_stands(node: Path) -> None:
    for name in ("one", "two"):
        (node / f"etc/{name}{KEPT}").write_text("original")
    (node / "etc/two").write_text("another's")
    found = sweep.left({"lb-ext-1": 7}, [])
    assert not (node / "etc/one").exists()
    found.at_once()
    assert (node / "etc/one").read_text() == "original"
    assert (node / "etc/two").read_text() == "another's"
    assert not (node / f"etc/one{KEPT}").exists()


def test_what_was_put_back_meanwhile_is_no_error(node: Path) -> None:
    (node / f"etc/one{KEPT}").write_text("original")
    found = sweep.left({"lb-ext-1": 7}, [])
    (node / f"etc/one{KEPT}").rename(node / "etc/one")
    found.at_once()
    assert (node / "etc/one").read_text() == "original"


def test_a_toxiproxy_that_does_not_answer_does_not_hinder_the_rest(node: Path) -> None:
    (node / f"etc/one{KEPT}").write_text("original")
    sweep.left({"db-1": 7}, ["db-1"]).at_once()
    assert (node / "etc/one").exists()
