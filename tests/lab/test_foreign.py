"""What an operator has put into a lab is there, untouched, after faults, undo, clean and reset in any order.

Hypothesis draws the sequences. FOREIGN_SEQUENCES and FOREIGN_KILLS say how many (`make soak` asks for 200 and 20). In
the second kind the client that holds the fault is killed, too. Not drawn are faults whose meaning is that a node
forgets: a power cut removes what its kernel knew, a killed HAProxy what it was told at run time (docs/faults.md). A
card that vanishes takes its queueing disciplines with it, as from a machine; they are on other devices here.
"""

import os
import subprocess
from collections.abc import Callable
from functools import partial
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from typer.testing import CliRunner

from harness import faults
from harness.bench.command import harness
from harness.cli import app
from harness.faults import Fault
from harness.lab.lab import Lab
from harness.model.errors import HarnessError
from harness.model.units import ms
from tests.lab import foreign, shared
from tests.lab.foreign import Foreign
from tests.lab.shared import wait_for

pytestmark = pytest.mark.lab

SEQUENCES: Final = int(os.environ.get("FOREIGN_SEQUENCES", "1"))
KILLS: Final = int(os.environ.get("FOREIGN_KILLS", "1"))
FIRST, SECOND = "lb-ext-1", "lb-ext-2"
KINDS: Final[tuple[Callable[[int], Foreign], ...]] = (
    partial(foreign.address, FIRST),
    partial(foreign.address, "gw-1"),
    partial(foreign.route, FIRST),
    partial(foreign.route, "gw-1"),
    foreign.rules,
    foreign.qdisc,
    partial(foreign.file, FIRST),
    partial(foreign.weight, SECOND),
    partial(foreign.setting, FIRST),
)
FAULTS: Final[tuple[Fault, ...]] = (
    faults.blackhole(FIRST),
    faults.loss(FIRST, 20),
    faults.corrupt("gw-1", 20),
    faults.rate(FIRST, 2_000_000),
    faults.delay(FIRST, 100 * ms),
    faults.vrrp_lost(SECOND),
    faults.garp_lost("gw-2"),
    faults.arp_ignored("gw-2"),
    faults.link_down("gw-1"),
    faults.flapping(f"{FIRST}.external"),
    faults.address_deleted("gw-1", "10.77.0.11"),
    faults.address_deleted(FIRST, "10.77.0.1"),
    faults.address_taken("customer-3"),
    faults.vrrp_stranger("customer-3", priority=90),
    faults.card_vanished(f"{FIRST}.external"),
    faults.card_vanished("gw-1.external"),
    faults.card_replaced(f"{FIRST}.external", away=50 * ms),
    faults.check_broken(FIRST, "/usr/bin/pidof", "fails"),
    faults.check_broken(FIRST, "/usr/bin/pidof", "gone"),
    faults.tmpfs_full(FIRST),
    faults.cpu_starved(FIRST),
    faults.open_files(SECOND, "haproxy"),
    faults.hung(SECOND, "haproxy"),
    faults.stopped(SECOND, "keepalived"),
)
TYPED: Final = (
    "blackhole lb-ext-1",
    "card_vanished gw-1.external",
    "rate lb-ext-1 --limit 2Mbit",
    "delay gw-1 --latency 9ms",
)
"""Held by a process of its own, which is killed."""


class Operators(RuleBasedStateMachine):
    """A lab, an operator that changes it by hand, and clients of the harness."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab(shared.LAB)
        self.there: dict[tuple[str, str], tuple[Foreign, str]] = {}
        self.harmed = False

    @precondition(lambda self: not self.harmed)
    @rule(kind=st.sampled_from(KINDS), number=st.integers(1, 99))
    def operator_adds(self, kind: Callable[[int], Foreign], number: int) -> None:
        thing = kind(number)
        if (thing.service, thing.what) not in self.there:
            foreign.make(thing)
            self.there[thing.service, thing.what] = (thing, foreign.read(thing))
            assert self.there[thing.service, thing.what][1], f"{thing} cannot be read"

    @rule(fault=st.sampled_from(FAULTS))
    def inject(self, fault: Fault) -> None:
        """One that is refused, as another holds its target or its place is taken, must leave things alone, too."""
        plan = fault.plan(self.lab.topology)
        try:
            self.lab.lease(fault.targets(), plan)
            self.lab.arm(plan)
        except HarnessError:
            return
        self.harmed = True
        wait_for(lambda: bool(self.held()), "the fault to be in force")

    @rule()
    def undo(self) -> None:
        self.lab.undo()
        self.harmed = False

    @rule()
    def reset(self) -> None:
        self.lab.reset()
        self.harmed = False

    @precondition(lambda self: not self.harmed)
    @rule()
    def clean(self) -> None:
        """Lists what it left alone."""
        done = CliRunner().invoke(app, ["clean", "--check", "--lab", shared.LAB, "--json"])
        assert done.exit_code == 0, done.output

    @precondition(lambda self: not self.harmed)
    @invariant()
    def nothing_foreign_is_touched(self) -> None:
        for thing, before in self.there.values():
            wait_for(lambda: foreign.read(thing) == before, f"{thing} to be as it was: {before}")  # noqa: B023 - called here

    def held(self) -> list[object]:
        return [op for name in ("hand", "service") for op in self.lab.agent(name).hello().held]

    def teardown(self) -> None:
        """Also after a failure: the next sequence begins with the lab as it was."""
        try:
            self.lab.undo(everything=True)
            self.nothing_foreign_is_touched()
        finally:
            for thing, _ in self.there.values():
                foreign.remove(thing)
            self.lab.close()


class OperatorsAndDeaths(Operators):
    @precondition(lambda self: not self.harmed)
    @rule(typed=st.sampled_from(TYPED))
    def client_is_killed(self, typed: str) -> None:
        command = harness("inject", *typed.split(), "--lab", shared.LAB)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
            wait_for(lambda: bool(self.held()) or client.poll() is not None, "the fault")
            client.kill()
        wait_for(lambda: not self.held(), "the fault's end")


def _settings(examples: int) -> settings:
    """Not shrunk: each sequence takes seconds."""
    return settings(
        max_examples=examples, stateful_step_count=10, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip


def test_nothing_foreign_is_touched(lab: str) -> None:
    assert lab == shared.LAB
    run_state_machine_as_test(Operators, settings=_settings(SEQUENCES))


@pytest.mark.nightly
def test_nothing_foreign_is_touched_where_clients_die(lab: str) -> None:
    assert lab == shared.LAB
    run_state_machine_as_test(OperatorsAndDeaths, settings=_settings(KILLS))
