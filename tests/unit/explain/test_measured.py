"""Each measured time is a cell of the table that it names, word for word; each command exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import pytest

from harness import mitigations
from harness.checks import Cause
from harness.experiment.catalogue import find_experiment
from harness.explain import Remedy, _measured

ROOT: Final = Path(__file__).parents[3]
FIXED: Final = (
    *_measured.WRONG_PLAN, *_measured.SILENT_QUEUE, *_measured.HEALTH_PORT, _measured.HUNG, _measured.STOPPED,
    _measured.OWN_PROCESS, _measured.OWN_PORT,
)  # fmt: skip
REMEDIES: Final = tuple(
    dict.fromkeys((*FIXED, *(each for cause in get_args(Cause) for each in _measured.stale(cause))))
)


def tables(page: Path) -> Iterator[list[list[str]]]:
    """Each table of a page as rows of cells; the second row, of dashes, is left out."""
    rows: list[list[str]] = []
    for line in [*page.read_text().splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip().replace("**", "") for cell in line.strip().strip("|").split("|")])
        elif rows:
            yield [rows[0], *rows[2:]]
            rows = []


def cells(remedy: Remedy) -> list[str]:
    """What the tables of its page have at its row and column."""
    return [
        row[head.index(remedy.column)]
        for head, *rows in tables(ROOT / remedy.source)
        if remedy.column in head
        for row in rows
        if row[0] == remedy.row
    ]


@pytest.mark.parametrize("remedy", [each for each in REMEDIES if each.measured], ids=lambda each: each.act)
def test_the_cell_is_in_the_table(remedy: Remedy) -> None:
    assert remedy.measured in cells(remedy)


def test_a_cell_that_is_not_there_is_noticed() -> None:
    first = REMEDIES[0]
    assert not cells(Remedy(first.act, "", first.measured, first.source, first.row, "no such column"))
    assert first.measured + "1" not in cells(first)


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda each: each.act)
def test_the_command_exists(remedy: Remedy) -> None:
    for name in re.findall(r"harness mitigate (\w+)", remedy.command):
        assert name in mitigations.__all__
    for experiment, only in re.findall(r"harness run (\w+) --only (\w+)", remedy.command):
        assert find_experiment(experiment).choose(only)
    for name in re.findall(r"configuration ([\w-]+)", remedy.command):
        assert (ROOT / "compose" / "configurations" / name).is_dir()
    assert (ROOT / remedy.source).is_file()


def test_a_cell_is_understood_without_its_table() -> None:
    (queue,) = _measured.SILENT_QUEUE
    assert queue.said == "refused (503) after 1 s in its queue"
    flush, announce = _measured.stale("sent but not delivered")
    assert flush.said == "customer-1 unaffected; customer-2 < 0.01 s; customer-3 not served again (1 trial)"
    dark = "customer-1 unaffected; customer-2, customer-3 not served again (1 trial)"
    assert announce.said == f"{dark}, as the lab's fault makes certain"
    assert _measured.OWN_PORT.said == "not measured"


def test_what_helped_no_vantage_point_does_not_end_it() -> None:
    flush, announce = _measured.stale("sent but not delivered")
    assert (flush.helps, announce.helps) == (True, False)
    assert [each.act for each in _measured.WRONG_PLAN if each.helps] == [
        "force the index",
        "count the statistics anew until the plan is right",
    ]
