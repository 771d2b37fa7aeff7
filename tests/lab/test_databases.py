"""A lab with databases: customers are served through both pairs, plans flip and are cured as on July 22.

Each fault of databases is seen by another client of the database, and is gone after its undo.
"""

import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest

from harness import faults, mitigations
from harness.checks.right_plan import ROWS_PER_S
from harness.lab import ready
from harness.lab.configure import configure
from harness.lab.lab import Lab
from harness.lab.live import LiveLab
from harness.model.configuration import Configuration
from harness.model.events import DatabaseSample, HaproxySample, OpApplied, OpReleased, ServiceChanged, StatisticsCounted
from harness.model.ops import RIGHT_INDEX, WRONG_INDEX
from harness.model.units import s
from tests.lab.database_clients import (
    MUTE_SERVER,
    PRIMARY,
    REPLICA,
    RESULT,
    ask,
    chosen,
    counts,
    delay,
    free,
    greeted,
    inject,
    read_along_the_wrong_index,
    rows_per_s,
    suffering,
)
from tests.lab.shared import execute_in, wait_for
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def databases(standing_lab: str) -> Iterator[str]:
    """A lab of its own beside the shared one, which has none."""
    name = f"{standing_lab}-databases"
    with ready.borrowed(name, print, ["databases"]):
        with Lab(name) as lab, watching(name, "service-agent", "service") as watched:
            start = watched.mark()
            for node, _ in configure(lab, Configuration.load("transient-statistics")).restarted:
                up = watched.wait(ServiceChanged, lambda e, n=node: restarted(e, n), start)  # type: ignore[misc]
                watched.wait(DatabaseSample, lambda e, n=node, t=up.t: e.node == n and e.t > t, start)  # type: ignore[misc]
            lab.reset()  # of such statistics one start in seven chooses wrongly by itself
        yield name


def restarted(event: ServiceChanged, node: str) -> bool:
    return (event.node, event.service, event.state) == (node, "mariadb", "up")


@pytest.fixture
def services(databases: str) -> Iterator[Watched]:
    with watching(databases, "service-agent", "service") as watched:
        for node in ("db-1", "db-2"):
            chosen(watched, node, RIGHT_INDEX)
        yield watched


@pytest.fixture
def lab(databases: str) -> Iterator[Lab]:
    with Lab(databases) as opened:
        yield opened
        opened.reset()


def test_customers_are_served_through_both_pairs(databases: str) -> None:
    with LiveLab(databases) as live:
        live.wait_known()
        status = live.status()
    assert status.owners == {"external": ("lb-ext-1",), "internal": ("lb-int-1",)}
    assert not status.missing
    assert ask(databases, "/me", 7) == {"account": 7}
    assert ask(databases, "/event/7") == {"id": 7, "venue": "Winter Garden", "seats": 383}
    statistics = execute_in(
        databases, "lb-int-1", "sh", "-c", "echo show stat | socat - UNIX-CONNECT:/run/haproxy/admin.sock"
    )
    reads = next(line.split(",") for line in statistics.splitlines() if line.startswith("reads,FRONTEND"))
    assert int(reads[7]) > 0, "no session has come through the internal pair"


def test_a_database_that_never_greets_costs_only_who_asked(databases: str) -> None:
    """As after a VIP that moves while a connection is being opened: two wait 2 s each, then the next two."""
    ends = execute_in(databases, "api-1", "env", "PYTHONPATH=/opt/site:/opt", "python3", "-c", MUTE_SERVER)
    assert ends.split() == [*["TimeoutError"] * 4, "0", "0", "4"]


def test_the_lab_says_itself_what_it_has(databases: str, standing_lab: str) -> None:
    assert "db-1" in ready.definition_of(databases).services
    assert "db-1" not in ready.definition_of(standing_lab).services


def test_databases_are_sampled_ten_times_a_second(services: Watched) -> None:
    start = services.mark()
    first = services.wait(DatabaseSample, start=start)
    services.wait(DatabaseSample, lambda e: e.t > first.t + 2 * s, start)
    seen = [e for e in services.of(DatabaseSample, start) if e.node == first.node and e.t <= first.t + 2 * s]
    assert len(seen) >= 20


def test_a_rolled_plan_is_wrong_until_the_undo(lab: Lab, services: Watched) -> None:
    """A genuine flip: counted until it errs, and counted again until it does not."""
    start = services.mark()
    inject(lab, faults.slow_query("db-1"))
    assert not services.wait(OpApplied, start=start).error
    counted = services.wait(StatisticsCounted, start=start)
    assert counted.plan == WRONG_INDEX
    assert 1 <= counted.rolls <= 100
    chosen(services, "db-1", WRONG_INDEX, start)
    lab.undo()
    released = services.wait(OpReleased, start=start)
    assert not released.error
    services.wait(DatabaseSample, lambda e: e.t > released.t and (e.node, e.plan) == ("db-1", RIGHT_INDEX), start)


@pytest.mark.parametrize("form,healed", [("innodb", True), ("engine_independent", False)])
def test_analyse_heals_one_form_and_not_the_other(lab: Lab, services: Watched, form: str, healed: bool) -> None:  # noqa: FBT001
    start = services.mark()
    inject(lab, faults.slow_query("db-1", "pinned", form))  # type: ignore[arg-type]
    chosen(services, "db-1", WRONG_INDEX, start)
    t = lab.act(mitigations.analyse_statistics("db-1").plan(lab.topology))
    after = services.wait(DatabaseSample, lambda e: e.t > t and e.node == "db-1" and bool(e.plan), start)
    assert after.plan == (RIGHT_INDEX if healed else WRONG_INDEX)


@pytest.mark.nightly
def test_a_forced_index_is_read_along_whatever_the_optimizer_would_choose(
    lab: Lab, services: Watched, databases: str
) -> None:
    """The customers' own probes, 60 a second, are what is asked."""
    inject(lab, faults.slow_query("db-1", "pinned") & faults.slow_query("db-2", "pinned"))
    read_along_the_wrong_index(services)
    start = services.mark()
    lab.act(mitigations.force_index().plan(lab.topology))
    for node in ("db-1", "db-2"):  # those who run along the wrong index end
        services.wait(DatabaseSample, lambda e, n=node: (e.node, e.running) == (n, 0), start)  # type: ignore[misc]
    assert rows_per_s(services) < ROWS_PER_S
    chosen(services, "db-1", WRONG_INDEX, services.mark())
    lab.reset()  # an act has no undo: a reset takes it back
    assert not execute_in(databases, "api-1", "ls", "/etc/api/features")


def test_an_undo_that_waits_for_the_database_delays_no_sample(lab: Lab, services: Watched) -> None:
    """FLUSH waits for authentications along the wrong index; balancers are sampled meanwhile, and the lease holds.

    On both databases: the pools' few connections may all lead to one, and the other is asked nothing.
    """
    slow = [faults.slow_query(node, "pinned", "engine_independent") for node in (PRIMARY, REPLICA)]
    inject(lab, slow[0] & slow[1])
    services.wait(DatabaseSample, lambda e: e.plan == WRONG_INDEX and e.running > 0, services.mark())
    begun, start = services.of(HaproxySample)[-1].t, services.mark()
    services.wait(HaproxySample, lambda e: e.t > begun + 1 * s, start)
    lab.undo()
    services.wait(OpReleased, lambda _: len(services.of(OpReleased, start)) == len(slow), start)
    undone = services.of(OpReleased, start)
    assert [(e.why, e.error) for e in undone] == [("undo", "")] * len(slow)
    released = max(undone, key=lambda e: e.t - e.begun_ns)
    samples = [e.t for e in services.of(HaproxySample, start) if (e.node, e.proxy) == ("lb-ext-1", "api/FRONTEND")]
    usual = median(later - t for t, later in pairwise(t for t in samples if t < released.begun_ns))
    during = sum(released.begun_ns < t < released.t for t in samples)
    # Half of the samples that the same machine took in such a time just before; at an end one may be missing.
    assert during + 1 >= (released.t - released.begun_ns) / usual / 2


@pytest.mark.parametrize(
    "fault, seen",
    [
        (faults.link_silent("db-1"), ["TimeoutError"]),
        (faults.link_reset("db-1"), ["ConnectionResetError"]),
        (faults.slow_close("db-1", 5 * s), ["9 bytes", "TimeoutError"]),
    ],
    ids=["silent", "reset", "slow close"],
)
def test_connections_to_a_database_suffer_and_heal(
    databases: str, lab: Lab, fault: faults.Fault, seen: list[str]
) -> None:
    assert greeted(databases, "close") == ["9 bytes", "closed"]
    inject(lab, fault)
    wait_for(lambda: greeted(databases, *["close"] * (len(seen) - 1)) == seen, f"{fault.describe()}: {seen}")
    lab.undo()
    wait_for(lambda: greeted(databases, "close") == ["9 bytes", "closed"], "the link as before")


def test_a_narrow_link_delays_a_large_result(databases: str, lab: Lab) -> None:
    """60 kB at 20 kB/s: 3 s; without the fault it takes some 20 ms."""

    def seconds() -> float:
        began = time.monotonic()
        assert "xxx" in execute_in(databases, "db-2", *RESULT)
        return time.monotonic() - began

    usual = seconds()
    inject(lab, faults.narrow_link("db-1", rate=20))
    wait_for(lambda: seconds() > usual + 2, "a slow result")
    lab.undo()
    wait_for(lambda: seconds() < usual + 1, "a result as quick as before")


def test_a_lock_is_held(lab: Lab) -> None:
    assert counts(lab)
    with suffering(lab, faults.lock_held(PRIMARY)):
        assert not counts(lab)
    wait_for(lambda: counts(lab), "the table to be free")


@pytest.mark.nightly
def test_connections_are_used_up(lab: Lab) -> None:
    assert free(lab) > 1
    with suffering(lab, faults.connections_used_up(PRIMARY)):
        wait_for(lambda: free(lab) <= 0, "no connection to be left")
    wait_for(lambda: free(lab) > 1, "connections")


def test_a_replica_is_late(lab: Lab) -> None:
    wait_for(lambda: delay(lab) == "0", "the replica to replicate", 60)
    with suffering(lab, faults.replication_lag(REPLICA, 7 * s)):
        assert delay(lab) == "7"
    assert delay(lab) == "0"
