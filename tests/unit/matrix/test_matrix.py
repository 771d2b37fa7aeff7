"""Cells, what they stand for, results that survive an interrupt, and the table."""

import multiprocessing
from pathlib import Path

from msgspec.structs import replace

from harness.bench.matrix.cells import Cell, every_cell, groups, merged, same_as
from harness.bench.matrix.predicted import expected
from harness.bench.matrix.result import FILE, CellResult, Measured, append, claimed, read
from harness.bench.matrix.table import agreements, misses, predictions, table
from harness.bench.soak.matrix import unmet

TRUNK = Cell(0.1, False, True, "trunk, one way back first")


def measured(*, split: bool, gains: int = 1) -> Measured:
    return Measured(0.02, gains, 0.3, 0.0, split, split, {"gw-1": "lb-ext-1"}, {"gw-1": "lb-ext-1"})


def result(cell: Cell = TRUNK, splits: int = 8, trials: int = 8) -> CellResult:
    return CellResult(cell, tuple(measured(split=n < splits) for n in range(trials)), 1, "advert-0.1-1", 90.0)


def test_every_cell_is_measured_or_stood_for() -> None:
    """60, none twice; grouped by configuration."""
    standing = [cell for cells in merged().values() for cell in cells]
    assert sorted(standing) == sorted(every_cell())
    assert len(standing) == 60
    assert sorted(cell for cells in groups().values() for cell in cells) == sorted(merged())
    assert all(cell.configuration_name == name for name, cells in groups().items() for cell in cells)


def test_what_is_merged_cannot_differ() -> None:
    """By the model: a cell and the one that stands for it have the same shares, changes and times."""
    for cell in every_cell():
        if cell != same_as(cell):
            assert expected(cell, 3) == expected(same_as(cell), 3), cell


def test_results_survive_an_interrupt(tmp_path: Path) -> None:
    """A torn last line is skipped; the last result of a cell counts."""
    append(tmp_path, result(splits=0))
    append(tmp_path, result(splits=8))
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"cell": {"advert_')
    assert read(tmp_path) == {TRUNK: result(splits=8)}


def test_a_claim_is_exclusive_and_ends_with_its_holder(tmp_path: Path) -> None:
    with claimed(tmp_path, "a") as ours, claimed(tmp_path, "a") as theirs:
        assert (ours, theirs) == (True, False)
    claimer = multiprocessing.get_context("spawn").Process(target=_claim_and_die, args=(tmp_path,))
    claimer.start()
    claimer.join()
    with claimed(tmp_path, "a") as free:
        assert free


def _claim_and_die(folder: Path) -> None:
    claimed(folder, "a").__enter__()


def test_agreement_with_theory() -> None:
    """One-way at 0.1 s must always split: 8 of 8 agree, 4 of 8 do not."""
    assert agreements(result(), expected(TRUNK))["split"]
    assert not agreements(result(splits=4), expected(TRUNK))["split"]


def test_each_trial_against_its_own_phase() -> None:
    """Both ways back at once, 0.1 s: heard first is the standby below a phase of 61 ms, the preferred node above."""
    both = Cell(0.1, False, True, "trunk, both ways back at once")
    trials = (replace(measured(split=False), phase_s=0.03), replace(measured(split=False), phase_s=0.08))
    measurement = replace(result(both), trials=trials)
    assert predictions(measurement) == [True, False]
    assert list(misses(measurement)) == [
        f"{both.name}, phase 0.080 s: split False, theory True, split after +5 s False, theory True"
    ]


def test_a_soak_wants_every_trial_and_a_right_theory() -> None:
    assert not list(unmet({TRUNK: result()}, 8))
    assert "7 valid trials of 8" in next(unmet({TRUNK: result(splits=7, trials=7)}, 8))
    assert "outside the interval" in next(unmet({TRUNK: result(splits=4)}, 8))
    assert "Theory predicts 7 of 8 trials correctly" in " ".join(unmet({TRUNK: result(splits=7)}, 8))


def test_the_table_counts_what_was_measured_and_lists_what_was_otherwise() -> None:
    text = table({TRUNK: result(splits=7)})
    assert text.startswith(
        "1 of 29 cells measured, 8 to 8 valid trials each, 1 invalid ones repeated. 1 more of the 60"
    )
    assert "predicts 7 of 8 trials correctly" in text
    assert (
        "inside the interval in 1 of 3 shares, which says little: so few trials give intervals up to 0.52 wide" in text
    )
    assert "| trunk, one way back first | 0.1 s, unequal | 8/8 [0.63, 1.00] (*1.00*) | **7/8" in text
    assert text.splitlines()[-1].startswith(f"- {TRUNK.name}, phase 0.020 s: split False, theory True")
