"""A plan of two agents is armed by both or by none; a client of an agent's earlier life is not asked again."""

from dataclasses import dataclass, field
from itertools import count
from typing import cast

import pytest

from harness.lab import lab as module
from harness.lab.agent import AgentClient
from harness.lab.lab import Lab
from harness.model.errors import AgentError, LeftBehind
from harness.model.ops import LinkDown, Plan, ServiceDown, plan
from harness.model.protocol import Arm, Ask, Done, Greeting

BOTH: Plan = plan([LinkDown("gw-1.external"), ServiceDown("lb-ext-1", "haproxy")])


@dataclass
class Agent:
    """A client whose agent refuses, is gone or leaves something behind, as a test says."""

    refusal: str = ""
    gone: bool = False
    left: tuple[str, ...] = ()
    failures: int = 1_000  # of its undos
    slow: int = 0  # undos that it does not answer in time
    armed: list[int] = field(default_factory=list)
    undone: list[int | None] = field(default_factory=list)
    closed: bool = False
    silent: bool = False

    def hello(self) -> Greeting:
        if self.silent:
            raise AgentError("hand did not answer")
        return Greeting(1, "hand", 5, "boot", 0, (), (), (), ())

    def ask(self, make: object) -> Done:
        ask = cast("Ask", make(1))  # type: ignore[operator]
        assert isinstance(ask, Arm)
        if self.refusal:
            raise AgentError(self.refusal)
        self.armed.append(ask.plan_id)
        return Done(1, ask.at_ns)

    def undo(self, *, everything: bool = False, plan_id: int | None = None) -> tuple[str, ...]:
        assert not everything
        self.undone.append(plan_id)
        if len(self.undone) <= self.slow:
            raise AgentError("service did not answer Undo within 20 s.")
        return self.left if len(self.undone) <= self.failures else ()

    def close(self) -> None:
        self.closed = True


class Stage(Lab):
    """A lab without an engine: `started` says when each agent's container began."""

    def __init__(self, hand: Agent, service: Agent) -> None:
        self.name = "test"
        self._agents = cast("dict[str, AgentClient]", {"hand": hand, "service": service})
        self._plans = count(7)
        self._watched = set()
        self._starts = {"hand": "monday", "service": "monday"}
        self.started: dict[str, str | None] = dict(self._starts)
        self.opened: list[str] = []

    def _start_of(self, name: str) -> str | None:
        return self.started[name]

    def _open(self, name: str, patience_s: float) -> AgentClient:
        self._starts[name] = self.started[name]
        self.opened.append(name)
        return cast("AgentClient", Agent())


def test_both_arm_one_plan() -> None:
    hand, service = Agent(), Agent()
    assert Stage(hand, service).arm(BOTH) == 7
    assert (hand.armed, service.armed, hand.undone, service.undone) == ([7], [7], [], [])


def test_what_one_accepted_is_undone_when_the_other_refuses() -> None:
    """Of that plan alone; the refusal is what is told."""
    hand, service = Agent(), Agent(refusal="haproxy is down already")
    with pytest.raises(AgentError, match="haproxy is down already"):
        Stage(hand, service).arm(BOTH)
    assert (hand.armed, hand.undone, service.undone) == ([7], [7], [7])


def test_what_could_not_be_undone_is_told() -> None:
    hand, service = Agent(left=("LinkDown on gw-1.external: no such device",)), Agent(refusal="is down already")
    with pytest.raises(LeftBehind, match=r"is down already.*gw-1\.external: no such device"):
        Stage(hand, service).arm(BOTH)


def test_an_undo_that_failed_is_tried_again() -> None:
    """As of a database that was too busy for a login."""
    hand, service = (
        Agent(),
        Agent(left=("SqlRoll on db-1: no answer",), failures=module.UNDO_ATTEMPTS - 1),
    )
    Stage(hand, service).undo()
    assert len(service.undone) == module.UNDO_ATTEMPTS


def test_an_undo_that_takes_longer_than_an_answer_may_is_asked_again() -> None:
    service = Agent(slow=1)
    Stage(Agent(), service).undo()
    assert len(service.undone) == 2


def test_an_agent_that_is_gone_is_not_asked_again() -> None:
    service = Agent(slow=1, gone=True)
    with pytest.raises(AgentError, match="did not answer"):
        Stage(Agent(), service).undo()
    assert len(service.undone) == 1


def test_an_undo_that_fails_to_the_end_is_told() -> None:
    hand, service = Agent(), Agent(left=("SqlRoll on db-1: no answer",))
    with pytest.raises(LeftBehind, match="SqlRoll on db-1"):
        Stage(hand, service).undo()
    assert len(service.undone) == module.UNDO_ATTEMPTS


def test_one_that_died_has_undone_its_share() -> None:
    hand, service = Agent(), Agent(refusal="service is gone", gone=True)
    with pytest.raises(AgentError, match="service is gone"):
        Stage(hand, service).arm(BOTH)
    assert (hand.undone, service.undone) == ([7], [])


def test_a_client_of_an_earlier_life_is_replaced_although_its_stream_has_not_ended() -> None:
    """The engine's stream into a container that died need not end; whoever asked it would wait for ever."""
    hand, service = Agent(), Agent()
    lab = Stage(hand, service)
    lab._replace_dead_clients()
    assert (lab.opened, hand.closed) == ([], False)
    lab.started["hand"] = "tuesday"
    lab._replace_dead_clients()
    assert (lab.opened, hand.closed, service.closed) == (["hand"], True, False)
    lab._replace_dead_clients()
    assert lab.opened == ["hand"]


def test_an_eye_that_died_alone_is_asked_again_in_the_same_life_of_its_container() -> None:
    lab = Stage(Agent(), Agent())
    lab._agents["eye"] = cast("AgentClient", Agent(gone=True))
    lab._starts["eye"] = lab.started["eye"] = "monday"
    lab._replace_dead_clients()
    assert lab.opened == ["eye"]


def test_an_eye_whose_hand_is_gone_is_awaited_in_the_next_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its container is about to end, and an engine's stream into that need not."""
    monkeypatch.setattr(module, "RESTART_S", 0.05)
    lab = Stage(Agent(silent=True), Agent())
    lab._agents["eye"] = cast("AgentClient", Agent(gone=True))
    lab._starts["eye"] = lab.started["eye"] = "monday"
    with pytest.raises(AgentError, match="eye died, and Docker did not start it again"):
        lab._replace_dead_clients()
    assert lab.opened == []
