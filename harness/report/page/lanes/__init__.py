"""One trial of a history → the rows of its timeline, with their arrays in a blob. No HTML, no verdicts."""

import msgspec

from harness.history import History
from harness.report.page.html import plain
from harness.report.page.lanes.caches import caches
from harness.report.page.lanes.faults import faults
from harness.report.page.lanes.forwarders import forwarders
from harness.report.page.lanes.lane import Bars, Faults, Line, Notes, Requests, Ticks
from harness.report.page.lanes.logs import Log, logs
from harness.report.page.lanes.requests import CLASSES, requests
from harness.report.page.lanes.routers import announcements, owners, states
from harness.report.page.lanes.row import Scene, first_addresses
from harness.report.page.lanes.samples import databases, machine, queues, services, sessions
from harness.report.page.pack import Blob
from harness.report.page.trial import Recorded

AnyLane = Bars | Ticks | Faults | Requests | Line | Notes


class StepHead(msgspec.Struct, frozen=True):
    """µs since the trial's zero. `heal` None: a fault was still held."""

    name: str
    begin: int
    end: int
    zero: int
    heal: int | None
    held: bool


class TrialHead(msgspec.Struct, frozen=True):
    """`view`: what is recorded, µs. `wall_us`: the wall clock at the zero, µs since 1970."""

    lanes: tuple[AnyLane, ...]
    view: tuple[int, int]
    classes: tuple[str, ...]
    wall_us: int
    steps: tuple[StepHead, ...]


def packed(history: History, trial: Recorded, wall_minus_mono_ns: int, every_log: list[Log]) -> str:
    """The trial as the page's script reads it: base64."""
    blob = Blob()
    scene = Scene(history, trial, blob, first_addresses(history))
    head = TrialHead(
        lanes=tuple(_lanes(scene, every_log)),
        view=(trial.us(trial.window.begin), trial.us(trial.window.end)),
        classes=CLASSES,
        wall_us=(wall_minus_mono_ns + trial.zero) // 1000,
        steps=tuple(_steps(trial)),
    )
    return blob.encoded(head)


def _lanes(scene: Scene, every_log: list[Log]) -> list[AnyLane]:
    """In the order in which they are drawn."""
    return [
        *faults(scene),
        *owners(scene),
        *states(scene),
        *announcements(scene),
        *caches(scene),
        *forwarders(scene),
        *requests(scene),
        *sessions(scene),
        *queues(scene),
        *databases(scene),
        *services(scene),
        *machine(scene),
        *logs(scene, every_log),
    ]


def _steps(trial: Recorded) -> list[StepHead]:
    return [
        StepHead(
            plain(step.name),
            trial.us(step.began_ns),
            trial.us(step.ends_ns),
            trial.us(step.first_effect_ns),
            None if step.heal_ns is None else trial.us(step.heal_ns),
            bool(step.in_force),
        )
        for step in trial.steps
    ]
