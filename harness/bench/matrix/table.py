"""The matrix as Markdown: what was measured with its interval, beside what theory says. Pure."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from harness.bench.matrix.cells import Cell, merged
from harness.bench.matrix.result import CellResult, Measured
from harness.bench.matrix.theory import Expected, expected, fate
from harness.model.units import s

OPENING: Final = "<!-- matrix -->"
CLOSING: Final = "<!-- /matrix -->"
SHARES: Final = ("takeover", "split", "split_after")
HEAD: Final = (
    "trigger", "configuration", "standby took over", "split", "split after +5 s", "changes", "dual master", "gap",
)  # fmt: skip


def written(text: str, results: Mapping[Cell, CellResult], into: Path) -> str:
    """`text` with the block between the markers renewed. Raises `ValueError` where they are missing."""
    head, rest = text[: text.index(OPENING)], text[text.index(CLOSING) :]
    return f"{head}{OPENING}\n{table(results, into)}\n{rest}"


def table(results: Mapping[Cell, CellResult], into: Path) -> str:
    cells = [cell for cell in merged() if cell in results]
    rows = [_row(results[cell], expected(cell), len(merged()[cell])) for cell in cells]
    lines = [" | ".join(row) for row in (HEAD, ["---"] * len(HEAD), *rows)]
    return "\n".join([summary(results, into), "", *(f"| {line} |" for line in lines)])


def summary(results: Mapping[Cell, CellResult], into: Path) -> str:
    judged = [agreed for cell, result in results.items() for agreed in agreements(result, expected(cell)).values()]
    trials = [len(result.trials) for result in results.values()]
    foretold = [right for result in results.values() for right in foretellings(result)]
    return (
        f"{len(results)} of {len(merged())} cells measured (they stand for {len(every(results))} of 60), "
        f"{min(trials, default=0)} to {max(trials, default=0)} valid trials each, "
        f"{sum(result.invalid for result in results.values())} invalid ones repeated. Shares with their 95 % "
        f"Clopper-Pearson interval; *theory* in italics: it lies inside the interval in {sum(judged)} of {len(judged)} "
        f"shares. From its phase alone theory foretells {sum(foretold)} of {len(foretold)} trials (takeover, split and "
        f"split after +5 s; races left out). Histories: `{into}/runs`."
    )


def every(results: Mapping[Cell, CellResult]) -> list[Cell]:
    """All cells that the measured ones stand for."""
    return [cell for one in results for cell in merged()[one]]


def agreements(result: CellResult, theory: Expected) -> dict[str, bool]:
    """Share → does the theoretical one lie inside the measured interval? One that a race decides is a range itself."""
    return {what: _inside(result, what, _range(theory, what)) for what in SHARES}


def foretellings(result: CellResult) -> list[bool]:
    """Of each trial: was it as theory says of a blip in the phase that it had? What a race decides is not asked."""
    return [right for trial in result.trials if (right := _foretold(result.cell, trial)) is not None]


def _foretold(cell: Cell, trial: Measured) -> bool | None:
    said = fate(cell, round(trial.phase_s * s))
    if said.split is None or said.split_after is None:
        return None
    seen = (trial.gains, trial.split, trial.split_after)
    return seen == (said.gains, said.split, said.split_after)


def _inside(result: CellResult, what: str, asked: tuple[float, float]) -> bool:
    _, low, high = result.share(what)
    assert low is not None
    assert high is not None
    return asked[0] <= high and low <= asked[1]


def _range(theory: Expected, what: str) -> tuple[float, float]:
    return (theory.takeover, theory.takeover) if what == "takeover" else getattr(theory, what)


def _row(result: CellResult, theory: Expected, stands_for: int) -> list[str]:
    shares = [_share(result, what, _range(theory, what)) for what in SHARES]
    gains = sorted({trial.gains for trial in result.trials})
    return [
        result.cell.trigger,
        _configuration(result.cell, stands_for),
        *shares,
        f"{'–'.join(map(str, {gains[0]: 0, gains[-1]: 0}))} (*{theory.transitions:.2g}*)",
        _spread([trial.dual_s for trial in result.trials], theory.dual_s),
        _spread([trial.gap_s for trial in result.trials], theory.gap_s),
    ]


def _configuration(cell: Cell, stands_for: int) -> str:
    words = [f"{cell.advert_int:g} s"]
    words += [] if stands_for == 4 else ["equal"] if cell.equal else ["unequal"]
    words += [] if stands_for > 1 else ["preempt"] if cell.preempt else ["nopreempt"]
    return ", ".join(words)


def _share(result: CellResult, what: str, asked: tuple[float, float]) -> str:
    value, low, high = result.share(what)
    assert value is not None
    text = f"{value * len(result.trials):.0f}/{len(result.trials)} [{low:.2f}, {high:.2f}]"
    theory = "–".join(dict.fromkeys(f"{each:.2f}" for each in asked))
    return f"{text} (*{theory}*)" if _inside(result, what, asked) else f"**{text}** (*{theory}*)"


def _spread(values: list[float], asked: tuple[float, float]) -> str:
    if max(*values, asked[1]) == 0:
        return "0"
    return f"{'–'.join(_numbers(values))} s (*{'–'.join(_numbers(asked))}*)"


def _numbers(values: list[float] | tuple[float, float]) -> Iterator[str]:
    yield from dict.fromkeys(f"{each:.2f}" for each in (min(values), max(values)))
