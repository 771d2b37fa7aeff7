"""Lines over seconds as one SVG, with bands below them that show when something was so."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from harness.report.axis import Axis
from harness.report.drawing import Colours, Drawing

WIDTH, HEIGHT = 1000, 420
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 64
BAND: Final = 12
COLOURS: Final[Colours] = {
    "a": ("#0072b2", "#56b4e9"),
    "b": ("#e69f00", "#f0c040"),
    "c": ("#6b7480", "#98a2ae"),
    "d": ("#009e73", "#3fcf9f"),
    "bad": ("#d55e00", "#f0803c"),
}

Points = Sequence[tuple[float, float]]


class Span(NamedTuple):
    """Seconds in which it was so."""

    begin: float
    end: float


def chart(title: str, unit: str, series: Mapping[str, Points], bands: Mapping[str, Sequence[Span]]) -> str:
    """`series`: at most four, name → (second, value). `bands`: name → when. Empty without a point."""
    points = [point for each in series.values() for point in each]
    if not points:
        return ""
    floor = HEIGHT - BOTTOM - BAND * len(bands)
    across = Axis(min(x for x, _ in points), max(x for x, _ in points), LEFT, WIDTH - RIGHT)
    upright = Axis(min(0.0, *(y for _, y in points)), max(y for _, y in points) or 1.0, floor, TOP)
    drawing = Drawing(WIDTH, HEIGHT, title, COLOURS)
    drawing.text(WIDTH / 2, 20, title, "bold", anchor="middle")
    _grid(drawing, across, upright, unit)
    for place, (name, spans) in enumerate(bands.items()):
        _band(drawing, across, floor + BAND * place, name, spans)
    for look, each in zip("abcd", series.values(), strict=False):
        drawing.line([(across.at(x), upright.at(y)) for x, y in each], f"line {look}")
    _legend(drawing, [*zip("abcd", series, strict=False), *(("bad", name) for name in bands)])
    return drawing.document()


def _grid(drawing: Drawing, across: Axis, upright: Axis, unit: str) -> None:
    for value in upright.marks(8):
        drawing.line([(LEFT, upright.at(value)), (WIDTH - RIGHT, upright.at(value))], "line grid")
        drawing.text(LEFT - 6, upright.at(value) + 4, f"{value:,.10g}", "faint", anchor="end")
    for second in across.marks(12):
        drawing.line([(across.at(second), TOP), (across.at(second), HEIGHT - BOTTOM)], "line grid")
        drawing.text(across.at(second), HEIGHT - BOTTOM + 16, f"{second:,.10g}", "faint", anchor="middle")
    drawing.text(WIDTH / 2, HEIGHT - BOTTOM + 32, "seconds", "faint", anchor="middle")
    drawing.text(8, TOP - 12, unit, "faint")


def _band(drawing: Drawing, across: Axis, y: float, name: str, spans: Sequence[Span]) -> None:
    drawing.text(LEFT - 6, y + BAND - 2, name.partition(":")[0], "faint", room=LEFT - 8, anchor="end")
    for begin, end in spans:
        x = across.at(begin)
        drawing.rectangle(
            x, y + 2, max(1.0, across.at(end) - x), BAND - 3, "bad", hint=f"{name}, {begin:g} to {end:g} s"
        )


def _legend(drawing: Drawing, named: Sequence[tuple[str, str]]) -> None:
    room = (WIDTH - LEFT) / max(1, len(named))
    for place, (look, name) in enumerate(named):
        drawing.rectangle(LEFT + place * room, HEIGHT - 22, 12, 10, look)
        drawing.text(LEFT + place * room + 18, HEIGHT - 13, name, room=room - 24)
