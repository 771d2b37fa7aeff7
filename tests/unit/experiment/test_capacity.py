"""In which order a lab's capacity is measured, from which time of it, and what is left afterwards."""

from typing import Any, cast

import msgspec
import pytest

from harness.experiment.capacity import flip, measure_capacity
from harness.experiment.run import Run
from harness.experiment.trial import Trial
from harness.faults import Fault
from harness.history import History
from harness.model.errors import NotMeasured, UsageError
from harness.model.load import QUIET, StreamSetting
from harness.model.ops import AnyOp, FeatureSet, Plan, SqlKill, SqlRoll
from harness.model.requests import Stream
from harness.model.units import s
from harness.recovery.capacity import Capacity
from tests.histories import HistoryBuilder, ns
from tests.unit.test_databases import LAB

ROWS = 243_001
ASKED, FLIPPED = -2.0, 4.0  # s: when customers begin to ask, and when the second database has the wrong plan


class Measured:
    """Run, lab, load and trial in one, on a lab whose story is told."""

    topology = LAB

    def __init__(self, story: HistoryBuilder) -> None:
        self.lab = self.load = self
        self.did: list[str] = []
        self.acts: list[AnyOp] = []
        self.settings: list[StreamSetting] = []
        self._story = story

    def set(self, stream: Stream, setting: StreamSetting) -> dict[str, int]:
        assert stream is Stream.background
        self.did.append("ask" if setting.rate_hz else "fall silent")
        self.settings.append(setting)
        return {"customer-1": ns(ASKED) - 1, "customer-2": ns(ASKED)}

    def wait_until(self, instant_ns: int) -> None:
        self.did.append(f"until {(instant_ns - ns(0.0)) / s:g}")

    def inject(self, fault: Fault) -> int:
        self.did.append(fault.describe())
        return ns(99.0)  # told late, on a busy machine

    def act(self, plan: Plan) -> int:
        self.acts += [part.op for part in plan.parts]
        return 0

    def reset(self) -> None:
        self.did.append(f"reset after {len(self.acts)} acts")

    def history(self) -> History:
        return self._story.build()

    def measure(self) -> Capacity:
        return measure_capacity(cast("Run", cast("Any", self)), cast("Trial", cast("Any", self)))


def story(rows_hz: float = 4 * ROWS) -> HistoryBuilder:
    """600 a second are answered until the flip, and as long as all begin to ask, and after the flip nobody."""
    told = HistoryBuilder().database((FLIPPED - 0.2, 9 * ROWS, "ix_client"), (FLIPPED + 0.45, rows_hz, "ix_client"))
    told.op(SqlRoll("db-1"), 3.0).op(SqlRoll("db-2"), FLIPPED)
    asked = told.requests(ASKED, 10.0, stream=Stream.background)
    return asked.requests(ASKED, ASKED + 0.45, done=60 * s).requests(0.6, 10.0, done=60 * s)


def test_both_rates_are_of_two_seconds_once_all_ask() -> None:
    """Neither of the half second until all of them ask, nor of that until each connection is stuck."""
    found = Measured(story()).measure()
    assert found.right_hz == pytest.approx(600, rel=0.02)
    assert found.wrong_hz == pytest.approx(4, rel=0.02)


def test_nobody_is_left_who_waits() -> None:
    """A database that is busy with stuck queries may not hear that it is to be healed: they are killed before.

    And the index is forced before that, or probes would be stuck in their place.
    """
    measured = Measured(story())
    measured.measure()
    fault = flip(LAB).describe()
    assert measured.did == ["ask", "until 0.5", fault, "until 6.5", "fall silent", "reset after 5 acts"]
    assert measured.settings[-1] == QUIET
    forced = [FeatureSet(node, "force_index", enabled=True) for node in ("api-1", "api-2", "report-1")]
    assert sorted(map(repr, measured.acts[:3])) == sorted(map(repr, forced))
    assert measured.acts[3:] == [SqlKill("db-1", 0), SqlKill("db-2", 0)]


def test_as_many_ask_at_once_as_keep_every_connection_busy() -> None:
    """32 connections, and 16 customers at each of three vantage points; the frontend's 200 sessions are never full."""
    measured = Measured(story())
    measured.measure()
    setting = measured.settings[0]
    assert 3 * setting.cap == 48  # more than 32 connections, and a quarter of the frontend's sessions
    assert setting.path == "/me"
    assert 3 * setting.rate_hz == 600  # more than this chain has ever answered, and few enough to be dropped cheaply


def test_every_database_gets_the_wrong_plan() -> None:
    assert [part.op for part in flip(LAB).plan(LAB).parts] == [SqlRoll("db-1"), SqlRoll("db-2")]


def test_a_lab_without_databases_is_told_how_to_get_them() -> None:
    without = msgspec.structs.replace(
        LAB, nodes={name: node for name, node in LAB.nodes.items() if node.kind != "database"}
    )
    with pytest.raises(UsageError, match=r"no database to measure.*--with databases"):
        flip(without)


def test_rows_that_were_not_read_are_no_capacity() -> None:
    with pytest.raises(NotMeasured, match="read no rows along the wrong index"):
        Measured(story(rows_hz=0)).measure()
