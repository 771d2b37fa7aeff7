"""A drawing as SVG, by elements: names and values are text, whatever they hold. No script, nothing that is fetched.

Light and dark follow the reader's setting. The colours are told apart by colour-blind readers (Okabe and Ito, 2008).
"""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from harness.report.printable import printable

FONT: Final = "system-ui, 'DejaVu Sans', Helvetica, sans-serif"
LETTER: Final = 6.2
"""Pixels of a letter at `SIZE`, on average: texts are shortened by it, as nothing here can measure them."""
SIZE: Final = 11

Colours = Mapping[str, tuple[str, str]]
"""Class → its colour on light and on dark paper."""

PAPER: Final = ("#ffffff", "#14171b")
INK: Final = ("#1b1f24", "#e4e7eb")
FAINT: Final = ("#6b7480", "#98a2ae")
TEXTS: Final[Colours] = {
    "ink": INK,
    "bold": INK,
    "faint": FAINT,
    "on": ("#ffffff", "#0c0e11"),
    "dark": ("#0c0e11", "#0c0e11"),
}
"""``on``: on a shape that is dark on light paper, and light on dark paper. ``dark``: on one that is light on both."""
GRID: Final = ("#e3e6ea", "#2b3138")


class Drawing:
    """`colours`: what the classes of its elements look like. Coordinates in pixels from the upper left."""

    def __init__(self, width: int, height: int, title: str, colours: Colours) -> None:
        self.width = width
        self._root = ET.Element(
            "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}", width=str(width), role="img"
        )
        self._root.set("height", str(height))
        ET.SubElement(self._root, "title").text = printable(title)
        ET.SubElement(self._root, "style").text = _style(colours)
        self.rectangle(0, 0, width, height, "paper")

    def rectangle(self, x: float, y: float, width: float, height: float, look: str, *, hint: str = "") -> None:
        """`hint`: shown when the pointer rests on it."""
        shape = ET.SubElement(self._root, "rect", {"class": look})
        for name, value in (("x", x), ("y", y), ("width", width), ("height", height)):
            shape.set(name, number(value))
        if hint:
            ET.SubElement(shape, "title").text = printable(hint)

    def path(self, data: str, look: str) -> None:
        """`data`: as `d` of SVG, of numbers only."""
        if data:
            ET.SubElement(self._root, "path", {"class": look, "d": data})

    def line(self, points: Sequence[tuple[float, float]], look: str) -> None:
        self.path("M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) if points else "", look)

    def text(self, x: float, y: float, text: str, look: str = "ink", *, room: float = 0, anchor: str = "start") -> None:
        """`room`: shortened to that many pixels, 0: never. The whole text is then the hint."""
        element = ET.SubElement(self._root, "text", {"class": look, "x": number(x), "y": number(y)})
        if anchor != "start":
            element.set("text-anchor", anchor)
        whole = printable(text)
        element.text = shortened(whole, room)
        if element.text != whole:
            ET.SubElement(element, "title").text = whole

    def document(self) -> str:
        """The same drawing gives the same bytes."""
        return ET.tostring(self._root, encoding="unicode", xml_declaration=True) + "\n"


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def shortened(text: str, room: float) -> str:
    letters = int(room / LETTER)
    return text if not room or len(text) <= letters else f"{text[: max(1, letters - 1)]}…"


def _style(colours: Colours) -> str:
    known = {"paper": PAPER, "grid": GRID} | dict(colours)
    forms = f"text{{font:{SIZE}px {FONT}}}path.strip,rect{{shape-rendering:crispEdges}}.bold{{font-weight:600}}"
    dark = f"@media(prefers-color-scheme:dark){{{_rules(known, 1)}}}"
    return f"{forms}{_rules(known, 0)}{dark}path.line{{fill:none;stroke-width:1.5}}"


def _rules(colours: Colours, theme: int) -> str:
    """Of a class: filled as a shape, drawn as a line."""
    texts = "".join(f".{name}{{fill:{both[theme]}}}" for name, both in TEXTS.items())
    shapes = (f".{name}{{fill:{each[theme]}}}.line.{name}{{stroke:{each[theme]}}}" for name, each in colours.items())
    return texts + "".join(shapes)
