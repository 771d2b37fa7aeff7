"""A lab's baseline: when it is written, what stays of it, and what a check says of what agents have left."""

from types import SimpleNamespace
from typing import cast

import pytest

from harness.cli.clean import _lines
from harness.lab import baseline
from harness.lab.baseline import Checked
from harness.lab.lab import Lab
from harness.model.errors import AgentError
from harness.model.protocol import LEFT, Greeting
from harness.model.survey import Survey, Thing, compared

UNREAD = f"{LEFT}: an entry of the journal that this version does not understand: {{}}"
UP, DOWN = (Thing("gw-1", "network", "link lan0", state) for state in ("up", "down"))
DATABASE = Thing("db-1", "services", "service mariadb", "up")
OWN = Thing("network-agent", "network", "qdisc gw-1.0 4841:", "tbf", ours=True)


class Agents:
    """Both of them: what each sees now, and what it notes."""

    def __init__(self, *surveys: Survey, notes: tuple[str, ...] = ()) -> None:
        self.surveys, self.notes, self.swept = list(surveys), notes, 0

    def hello(self) -> Greeting:
        return Greeting(1, "agent", 1, "boot", 0, (), (), (), self.notes)

    def look(self) -> Survey:
        return self.surveys.pop(0)

    def ask(self, _make: object) -> None:
        self.swept += 1


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Survey]:
    """The baselines that were written, the present one last."""
    written: list[Survey] = []
    monkeypatch.setattr(baseline, "_read", lambda _lab: written[-1] if written else None)
    monkeypatch.setattr(baseline, "_write", lambda _lab, found: written.append(found))
    return written


def lab(*surveys: Survey, notes: tuple[str, ...] = ()) -> Lab:
    hand, service = Agents(*surveys, notes=notes), Agents(*(Survey() for _ in surveys))
    agents = {"hand": hand, "service": service}
    nodes = dict.fromkeys(("gw-1", "db-1"))
    made = SimpleNamespace(name="x", agent=agents.__getitem__, topology=SimpleNamespace(nodes=nodes))
    return cast("Lab", made)


def test_a_second_up_keeps_the_baseline_and_adds_only_new_nodes(kept: list[Survey]) -> None:
    """What has happened to a node since is what a check is to find."""
    baseline.record(lab(Survey((UP,))))
    baseline.record(lab(Survey((DOWN, DATABASE))), anew=["db-1"])
    assert kept[-1].things == (UP, DATABASE)
    assert [str(each) for each in compared(kept[-1], Survey((DOWN, DATABASE))).foreign] == [
        "gw-1: link lan0 is down; it was up"
    ]


@pytest.mark.parametrize("anew", ["gw-1", "network-agent"])
def test_a_container_that_was_made_anew_is_recorded_anew(kept: list[Survey], anew: str) -> None:
    """An agent that was restarted makes every cable anew."""
    baseline.record(lab(Survey((UP,))))
    baseline.record(lab(Survey((DOWN,))), anew=[anew])
    assert kept[-1].things == (DOWN,)


def test_no_baseline_is_recorded_while_something_is_left(kept: list[Survey]) -> None:
    with pytest.raises(AgentError, match="does not understand"):
        baseline.record(lab(Survey((UP,)), notes=(UNREAD,)))
    assert kept == []


def test_a_journal_that_cannot_be_read_is_no_clean_lab(kept: list[Survey]) -> None:
    kept.append(Survey((UP,)))
    checked = baseline.check(lab(Survey((UP,)), notes=("no real-time scheduling", UNREAD)), lambda _: None)
    assert not checked.clean
    assert list(_lines(checked)) == [f"could not be asked: network-agent: {UNREAD}"]


@pytest.mark.parametrize("after, said", [(Survey((UP,)), 1), (Survey((UP, OWN)), 0)])
def test_only_what_was_removed_is_said_to_be(kept: list[Survey], after: Survey, said: int) -> None:
    kept.append(Survey((UP,)))
    lines: list[str] = []
    checked = baseline.check(lab(Survey((UP, OWN)), after), lines.append)
    assert len(lines) == said
    assert checked.clean == bool(said)


def test_differences_are_counted_in_the_last_line() -> None:
    same, other = compared(Survey((UP,)), Survey((UP,))), compared(Survey((UP,)), Survey((DOWN,)))
    assert list(_lines(Checked((), same))) == ["Nothing of a fault is left."]
    assert list(_lines(Checked((), other))) == [
        "differs; nothing shows whose it is; left alone: gw-1: link lan0 is down; it was up",
        "No mark of a fault is left; 1 difference above.",
    ]
