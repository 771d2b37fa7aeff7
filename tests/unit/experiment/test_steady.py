"""Waiting for steady state: how long, what is said meanwhile, and whose failure it is when it does not come."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.experiment import steady
from harness.experiment.health import unhealthy
from harness.experiment.steady import NotSteady, await_steady
from harness.model.errors import NotMeasured
from harness.model.events import ServiceChanged, ServiceWaited, VrrpDump
from harness.model.ops import LinkDown, ServiceRestart, plan
from harness.model.protocol import HeldOp
from harness.model.requests import Outcome
from harness.model.units import ms, s
from tests.unit.experiment.labs import FIRST, SECOND, FakeRun, led, owned

WAITING = "external is owned by no node instead of lb-ext-1 (keepalived of lb-ext-1: BACKUP, lb-ext-2: no state named)"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    fake = FakeRun(tmp_path)
    monkeypatch.setattr(steady, "monotonic", fake.monotonic)
    return fake


def waited(run: FakeRun) -> list[str]:
    said: list[str] = []
    await_steady(run.as_run, said.append)
    return said


def test_a_pair_at_rest_is_steady_after_a_second(run: FakeRun) -> None:
    assert waited(run) == []
    assert 1.0 <= run.elapsed <= 1.5
    assert run.acted == []


def test_a_second_node_that_is_preferred_is_left_in_peace(run: FakeRun, tmp_path: Path) -> None:
    run.view = FakeRun(tmp_path, SECOND).view
    run.preferred = {"external": SECOND}
    assert waited(run) == []
    assert run.acted == []


@pytest.mark.parametrize("owner, preferred", [(SECOND, FIRST), (FIRST, SECOND)])
def test_who_is_owner_and_not_preferred_hands_back(run: FakeRun, tmp_path: Path, owner: str, preferred: str) -> None:
    """nopreempt, or equal priorities: nobody takes it back, so the owner's keepalived restarts."""
    run.view = FakeRun(tmp_path, owner).view
    run.preferred = {"external": preferred}

    def takes_over() -> None:
        owned(run.view, owner, present=False)
        owned(run.view, preferred)
        for cache in run.view.topology.caches:
            led(run.view, cache, preferred)

    run.then = {0.5: takes_over}
    waited(run)
    assert run.acted == [plan([ServiceRestart(owner, "keepalived")])]
    assert 6.0 <= run.elapsed <= 6.5  # its second burst of gratuitous ARP is over


def dumped(run: FakeRun, node: str, state: str) -> None:
    run.view.take(VrrpDump(run.view.now, node, "external", state, False))


def test_a_redundant_pair_has_a_standby_that_is_ready(run: FakeRun) -> None:
    """A site's keepalived.conf may name no FIFO: then the state is known from dumps."""
    run.redundant = True
    dumped(run, SECOND, "FAULT")
    run.then = {3.0: lambda: dumped(run, SECOND, "BACKUP")}
    waited(run)
    assert 4.0 <= run.elapsed <= 4.5


def test_a_node_that_comes_back_gets_its_time(run: FakeRun, tmp_path: Path) -> None:
    """Its check must succeed first: if the other node restarted meanwhile, no node would own the VIP."""
    run.view, run.redundant, run.decided_ns = FakeRun(tmp_path, SECOND).view, True, 8 * s

    def takes_over() -> None:
        owned(run.view, SECOND, present=False)
        owned(run.view, FIRST)
        for cache in run.view.topology.caches:
            led(run.view, cache, FIRST)

    run.then = {7.0: takes_over}
    waited(run)
    assert run.acted == []


def test_a_node_that_takes_long_to_come_back_gets_as_much_more(run: FakeRun) -> None:
    """Its check rises for a minute."""
    owned(run.view, FIRST, present=False)
    run.decided_ns = 64 * s
    with pytest.raises(NotSteady, match=r"Pair not steady after 100 s: "):
        waited(run)


def test_steady_state_must_last_without_a_break(run: FakeRun) -> None:
    """A cache that flaps ten times: each time the second begins anew."""
    for n in range(10):
        run.then[n + 0.5] = lambda: led(run.view, "gw-2", SECOND)
        run.then[n + 0.75] = lambda: led(run.view, "gw-2", FIRST)
    waited(run)
    assert 10.5 <= run.elapsed <= 11.25


def test_an_owner_that_flaps_is_not_steady(run: FakeRun) -> None:
    for n in range(15):
        run.then[3 * n + 0.5] = lambda: owned(run.view, FIRST, present=False)
        run.then[3 * n + 1.0] = lambda: owned(run.view, FIRST)
    with pytest.raises(NotSteady, match=r"Pair not steady after 40 s: "):
        waited(run)


def test_the_reason_is_told_while_one_waits_and_in_the_end(run: FakeRun) -> None:
    owned(run.view, FIRST, present=False)
    said: list[str] = []
    with pytest.raises(NotSteady) as caught:
        await_steady(run.as_run, said.append)
    assert str(caught.value) == f"Pair not steady after 40 s: {WAITING}."
    assert said[0] == f"  not steady after 3 s of at most 40: {WAITING}"
    assert said[2] == f"  not steady after 13 s of at most 40: {WAITING}"
    assert len(said) == 8


def test_another_reason_is_told_sooner(run: FakeRun) -> None:
    owned(run.view, FIRST, present=False)
    run.then = {4.0: lambda: owned(run.view, FIRST), 4.1: lambda: led(run.view, "gw-2", SECOND)}
    said: list[str] = []
    with pytest.raises(NotSteady):
        await_steady(run.as_run, said.append)
    assert said[1] == "  not steady after 5 s of at most 40: gw-2 reaches lb-ext-2 (owner: lb-ext-1)"


def test_both_waits_share_one_deadline(run: FakeRun) -> None:
    """Who hands back after 30 s has 10 s left."""
    owned(run.view, FIRST, present=False)
    run.then = {26.0: lambda: owned(run.view, SECOND)}
    with pytest.raises(NotSteady, match="owned by lb-ext-2"):
        waited(run)
    assert run.acted
    assert 40.0 <= run.elapsed <= 40.5


@pytest.mark.parametrize(
    "outcome, reason",
    [
        (Outcome.http_error, "customer-1 is served 0 times of 250 (mostly 403); customer-2"),
        (Outcome.connect_timeout, "customer-1 is served 0 times of 250 (mostly connect timeout); customer-2"),
    ],
)
def test_a_pair_that_serves_nobody_is_not_steady(run: FakeRun, outcome: Outcome, reason: str) -> None:
    run.loaded = {outcome: 1.0}
    with pytest.raises(NotSteady) as caught:
        waited(run)
    assert reason in str(caught.value)


@pytest.mark.parametrize("bad, seconds", [(1, 1.0), (2, 1.5)])
def test_one_bad_answer_in_a_second_is_no_reason_to_wait(run: FakeRun, bad: int, seconds: float) -> None:
    def fail() -> None:
        run.loaded = {Outcome.http_error: 1.0}
        run.send(bad)
        run.loaded = {Outcome.ok: 1.0}

    run.then = {0.25: fail}
    waited(run)
    assert seconds <= run.elapsed < seconds + 0.25


def test_load_that_drains_at_last_needs_no_second_of_its_own(run: FakeRun) -> None:
    """On a busy machine it comes and goes: the pair is steady all the while."""
    run.view.connecting = {"customer-1": 20}
    run.then = {20.0: run.view.connecting.clear}
    assert len(waited(run)) == 4, "after 3, 8, 13 and 18 s, and no word of nothing once it has drained"
    assert 20.0 <= run.elapsed < 20.25


def dead(run: FakeRun) -> None:
    run.agents["eye"].gone = "eye is gone. It said: killed"


def uncabled(run: FakeRun) -> None:
    run.agents["hand"].wired = tuple(set(run.agents["hand"].wired) - {"gw-1"})


def held(run: FakeRun) -> None:
    run.agents["service"].held = (HeldOp("host:7", 1, 0, LinkDown("gw-2.external"), 1),)


def silent(run: FakeRun) -> None:
    run.sending = False


def without_api(run: FakeRun) -> None:
    run.view.take(ServiceChanged(run.view.now, "api-1", "granian", "down"))


@pytest.mark.parametrize(
    "harm, reason",
    [
        (dead, "eye is gone. It said: killed"),
        (uncabled, "gw-1 has no cables"),
        (held, "is held by host:7"),
        (silent, "no request of customer-1 was recorded"),
        (without_api, "granian of api-1 is down"),
    ],
)
def test_what_is_ours_is_never_the_pairs(run: FakeRun, harm: Callable[[FakeRun], None], reason: str) -> None:
    """Without a healthy lab a pair that is not steady says nothing: the trial is invalid."""
    owned(run.view, FIRST, present=False)
    harm(run)
    with pytest.raises(NotMeasured, match="The lab is not healthy: ") as caught:
        waited(run)
    assert reason in str(caught.value)


def test_a_busy_machine_starves_the_pair_too(run: FakeRun) -> None:
    """Where our own probes are late, customers without an answer say nothing about the pair."""
    run.loaded, run.late_ns = {Outcome.read_timeout: 1.0}, 30 * ms
    with pytest.raises(NotMeasured, match=r"100\.0% of customer-1's arrivals were late by more than 25 ms"):
        waited(run)


def starved(run: FakeRun, ago_ns: int, waits: int = 9) -> None:
    run.view.take(ServiceWaited(run.view.now + 40 * s - ago_ns, FIRST, "haproxy", 1 * s, 900 * ms, waits))


@pytest.mark.parametrize(
    "ago_ns, waits, error",
    [(1 * s, 9, NotMeasured), (5 * s, 9, NotSteady), (1 * s, 900, NotSteady)],
    ids=["now", "before", "many short waits"],
)
def test_a_pair_without_cpu_time_is_no_result(run: FakeRun, ago_ns: int, waits: int, error: type[Exception]) -> None:
    run.loaded = {Outcome.read_timeout: 1.0}
    run.then[39.0] = lambda: starved(run, ago_ns + 39 * s, waits)
    with pytest.raises(error) as caught:
        waited(run)
    said = "haproxy of lb-ext-1 waited for a CPU for 90 % of a second, in 9 waits" in str(caught.value)
    assert said == (error is NotMeasured)


@pytest.mark.parametrize("changed, error", [(9 * s, NotMeasured), (11 * s, NotSteady)])
def test_no_busy_machine_keeps_a_vip_away_without_a_change(run: FakeRun, changed: int, error: type[Exception]) -> None:
    owned(run.view, FIRST, present=False)
    run.late_ns = 30 * ms
    run.view.last_transition = run.view.now + 40 * s - changed
    with pytest.raises(error):
        waited(run)


def test_the_second_burst_of_gratuitous_arp_is_awaited(run: FakeRun) -> None:
    run.view.last_transition = run.view.now - 2 * s
    waited(run)
    assert 3.5 <= run.elapsed <= 4.0


@pytest.mark.parametrize("ago, rests", [(5_500 * ms - 1, False), (5_500 * ms, True)])
def test_a_fault_begins_half_a_second_after_a_second_burst_at_the_earliest(
    run: FakeRun, ago: int, *, rests: bool
) -> None:
    """keepalived.conf(5): garp_master_delay, 5 s after a takeover. The burst takes a moment."""
    run.view.last_transition = run.view.now - ago
    reason = steady._SteadyFor(run.as_run).missing()
    assert reason == ("steady for less than 1 s" if rests else "a VIP changed its owner less than 5.5 s ago")


@pytest.mark.parametrize("later, reason", [(s - 1, "steady for less than 1 s"), (s, "")])
def test_a_whole_second_of_steady_state_is_seen(run: FakeRun, later: int, reason: str) -> None:
    """The service before the fault is judged by it."""
    rest = steady._SteadyFor(run.as_run)
    assert rest.missing() == "steady for less than 1 s"
    run.view.now += later
    run.send(200)
    assert rest.missing() == reason


@pytest.mark.parametrize("also", [False, True])
def test_who_hands_back_is_one_owner_alone(run: FakeRun, *, also: bool) -> None:
    """Without an owner there is none to restart, and of two one is about to give up."""
    owned(run.view, FIRST, present=False)
    if also:
        owned(run.view, FIRST)
        owned(run.view, SECOND)
    steady._hand_back(run.as_run)
    assert run.acted == []


def test_a_pair_that_is_not_steady_is_a_failure_for_the_command_line() -> None:
    """docs/quickstart.md: 1, as a test that failed."""
    assert NotSteady("x").exit_code == 1


def test_a_pairs_own_service_is_none_of_what_stands_beside_it(run: FakeRun) -> None:
    """Whatever fails there is what a trial is about."""
    recorded = run.recorded()
    run.pass_time(0.25)
    run.view.take(ServiceChanged(run.view.now, FIRST, "keepalived", "down"))
    assert unhealthy(run.as_run, recorded) == ""
    run.view.take(ServiceChanged(run.view.now, "api-1", "granian", "stopped"))
    assert unhealthy(run.as_run, recorded) == "granian of api-1 is stopped"
