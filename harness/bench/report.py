"""All figures of one bench: as one JSON object and as the table of docs/measurements.md."""

from collections.abc import Iterable, Iterator

import msgspec

from harness.bench.figures import Figure
from harness.bench.machine import Machine
from harness.report.number import number


class PartReport(msgspec.Struct, frozen=True):
    """`load_before`: the machine's load average over one minute when the part began."""

    name: str
    load_before: float
    figures: tuple[Figure, ...]


class Report(msgspec.Struct, frozen=True):
    machine: Machine
    parts: tuple[PartReport, ...]
    met: bool


def report(machine: Machine, parts: Iterable[PartReport]) -> Report:
    """Met: no figure is out of its bounds."""
    done = tuple(parts)
    return Report(machine, done, all(each.met is not False for part in done for each in part.figures))


def markdown(whole: Report) -> str:
    """Ready for docs/measurements.md."""
    lines = [f"Machine: {whole.machine}.", "", *_header("figure", "n", "measured", "bound", "verdict", "load before")]
    lines += [_row(*_cells(figure, part)) for part in whole.parts for figure in part.figures]
    return "\n".join(lines) + "\n"


def _cells(figure: Figure, part: PartReport) -> Iterator[str]:
    yield figure.what
    yield number(figure.n)
    values = " · ".join(f"{name} {number(value)}" for name, value in figure.values.items())
    yield f"{values} {figure.unit}".rstrip()
    yield f"{', '.join(map(str, figure.bounds))} {figure.unit}".rstrip() if figure.bounds else "–"
    yield verdict(figure)
    yield f"{part.load_before:.1f}"


def verdict(figure: Figure) -> str:
    if figure.met is None:
        return "–"
    return "met" if figure.met else f"**not met**: {', '.join(figure.unmet)}"


def _header(*names: str) -> list[str]:
    return [_row(*names), "|---" * len(names) + "|"]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
