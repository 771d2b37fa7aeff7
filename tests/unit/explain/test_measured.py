"""Each measured time is a cell of the table that it names, word for word; each command exists."""

import re
from pathlib import Path
from typing import Final, get_args

import pytest
from msgspec.structs import replace

from harness import mitigations
from harness.checks import Cause
from harness.experiment.catalogue import find_experiment
from harness.explain import Remedy, _cells, _measured
from harness.explain._cells import CELLS
from scripts import tables

ROOT: Final = Path(__file__).parents[3]
FIXED: Final = (
    *_measured.WRONG_PLAN, *_measured.SILENT_QUEUE, *_measured.HEALTH_PORT, _measured.HUNG, _measured.STOPPED,
    _measured.OWN_PROCESS, _measured.OWN_PORT,
)  # fmt: skip
REMEDIES: Final = tuple(
    dict.fromkeys((*FIXED, *(each for cause in get_args(Cause) for each in _measured.stale(cause))))
)


def test_each_cell_is_quoted_as_the_page_has_it() -> None:
    assert tables.quoted() == CELLS, "run: python scripts/tables.py"


def test_no_cell_is_kept_that_no_remedy_quotes() -> None:
    quoted = {(each.source, each.row, each.column) for each in REMEDIES if each.measured}
    assert {(each.source, each.row, each.column) for each in CELLS} == quoted


def test_a_cell_that_no_page_has_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = CELLS
    monkeypatch.setattr(_cells, "CELLS", (replace(first, column="no such column"), *rest))
    with pytest.raises(KeyError, match="no such column"):
        tables.quoted()


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda each: each.act)
def test_the_command_exists(remedy: Remedy) -> None:
    for name in re.findall(r"harness mitigate (\w+)", remedy.command):
        assert name in mitigations.__all__
    for experiment, only in re.findall(r"harness run (\w+) --only (\w+)", remedy.command):
        assert find_experiment(experiment).choose(only)
    for name in re.findall(r"configuration ([\w-]+)", remedy.command):
        assert (ROOT / "compose" / "configurations" / name).is_dir()
    assert (ROOT / remedy.source).is_file()


def remedy(measured: str) -> Remedy:
    return Remedy("act", "command", measured, "docs/june-13.md", "row", "column")


@pytest.mark.parametrize(
    "measured, said",
    [
        (
            "customer-1 unaffected; customer-2 < 0.01 s; customer-3 dark (1)",
            "customer-1 unaffected; customer-2 < 0.01 s; customer-3 not served again (1 trial)",
        ),
        (
            "customer-2, customer-3 dark (12) †",
            "customer-2, customer-3 not served again (12 trials), as the lab's fault makes certain",
        ),
        ("", "not measured"),
        ("5.39", "5.39"),
    ],
)
def test_a_cell_is_understood_without_its_table(measured: str, said: str) -> None:
    assert remedy(measured).said == said


@pytest.mark.parametrize(
    "measured, helps",
    [
        ("", True),
        ("5.39", True),
        ("down 1/3, 4.64 (2.30–4.64)", True),
        ("down 1/1", False),
        ("down 12/12", False),
        ("down 1/12", True),
        ("customer-1 unaffected; customer-2 < 0.01 s; customer-3 dark (1)", True),
        ("customer-1 unaffected; customer-2, customer-3 dark (1) †", False),
    ],
)
def test_what_helped_no_vantage_point_does_not_end_it(measured: str, *, helps: bool) -> None:
    assert remedy(measured).helps == helps


def test_of_the_acts_of_july_22_those_on_the_plan_help() -> None:
    assert [each.act for each in _measured.WRONG_PLAN if each.helps] == [
        "force the index",
        "count the statistics anew until the plan is right",
    ]
