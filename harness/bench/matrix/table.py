"""The matrix as Markdown: measured values with their intervals, beside the predictions of theory. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from harness.bench.matrix.cells import Cell, merged
from harness.bench.matrix.predicted import Expected, expected, predict
from harness.bench.matrix.result import CellResult, Measured
from harness.model.units import s

SHARES: Final = ("takeover", "split", "split_after")
HEAD: Final = (
    "trigger", "configuration", "standby took over", "split", "split after +5 s", "changes", "dual master", "gap",
)  # fmt: skip


def table(results: Mapping[Cell, CellResult]) -> str:
    cells = [cell for cell in merged() if cell in results]
    rows = [_row(results[cell], expected(cell), len(merged()[cell])) for cell in cells]
    lines = [" | ".join(row) for row in (HEAD, ["---"] * len(HEAD), *rows)]
    missed = [f"- {each}" for result in results.values() for each in misses(result)]
    listed = ["", "The trials that differ from the prediction:", "", *missed] if missed else []
    return "\n".join([summary(results), "", *(f"| {line} |" for line in lines), *listed])


def summary(results: Mapping[Cell, CellResult]) -> str:
    judged = [agreed for cell, result in results.items() for agreed in agreements(result, expected(cell)).values()]
    trials = [len(result.trials) for result in results.values()]
    predicted = [right for result in results.values() for right in predictions(result)]
    unmeasured = len(every(results)) - len(results)
    return (
        f"{len(results)} of {len(merged())} cells measured, {min(trials, default=0)} to {max(trials, default=0)} valid "
        f"trials each, {sum(result.invalid for result in results.values())} invalid ones repeated. {unmeasured} more "
        f"of the 60 were not measured: theory says that each is like a measured one. From its phase alone theory "
        f"predicts {sum(predicted)} of {len(predicted)} trials correctly (takeover, split and split after +5 s; races "
        f"left out). Shares have their 95 % Clopper-Pearson interval, *theory* is in italics. It lies inside the "
        f"interval in {sum(judged)} of {len(judged)} shares, which says little: so few trials give intervals up to "
        f"{_widest(results):.2f} wide."
    )


def _widest(results: Mapping[Cell, CellResult]) -> float:
    intervals = [result.share(what) for result in results.values() for what in SHARES]
    return max(((each.high or 0.0) - (each.low or 0.0) for each in intervals), default=0.0)


def every(results: Mapping[Cell, CellResult]) -> list[Cell]:
    """All cells that the measured ones stand for."""
    return [cell for one in results for cell in merged()[one]]


def agreements(result: CellResult, theory: Expected) -> dict[str, bool]:
    """Share → does the predicted one lie inside the measured interval? If a race decides, it is a range itself."""
    return {what: _inside(result, what, _range(theory, what)) for what in SHARES}


def predictions(result: CellResult) -> list[bool]:
    """For each trial: was it as theory predicts for its phase? Trials that a race decides are left out."""
    return [not wrong for trial in result.trials if (wrong := _missed(result.cell, trial)) is not None]


def misses(result: CellResult) -> Iterator[str]:
    """A sentence for each trial that was not as predicted."""
    for trial in result.trials:
        if wrong := _missed(result.cell, trial):
            yield f"{result.cell.name}, phase {trial.phase_s:.3f} s: {wrong}"


def _missed(cell: Cell, trial: Measured) -> str | None:
    """The differences from theory, "" if there is none; None if a race decides."""
    predicted = predict(cell, round(trial.phase_s * s))
    if predicted.split is None or predicted.split_after is None:
        return None
    seen = {"takeovers": trial.gains, "split": trial.split, "split after +5 s": trial.split_after}
    theory = {"takeovers": predicted.gains, "split": predicted.split, "split after +5 s": predicted.split_after}
    return ", ".join(f"{what} {seen[what]}, theory {theory[what]}" for what in seen if seen[what] != theory[what])


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
