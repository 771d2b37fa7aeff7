"""A run → one HTML file that needs nothing else and can load nothing else: its content policy refuses any request."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from harness.explain import NO_LOGS, read_logs
from harness.report.page.about import about, missing
from harness.report.page.checks_table import checks_table
from harness.report.page.configuration import configuration
from harness.report.page.distribution import distribution
from harness.report.page.gate_tables import gate_tables
from harness.report.page.headline import headline, title
from harness.report.page.html import text
from harness.report.page.lanes import packed
from harness.report.page.lanes.logs import Log, read
from harness.report.page.material import BROKEN, Material
from harness.report.page.recovery import recovery
from harness.report.page.timeline import stories, timeline
from harness.report.page.trial import Told, told
from harness.report.page.violations import HEADING, OF_GATE, violations

_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = ("state", "decode", "pyramid", "layout", "paint", "rows", "strips", "draw", "over", "view", "listen")


def page(material: Material, against: Material | None = None) -> Iterator[str]:
    """In pieces, so that no more than one trial's arrays are in memory at once.

    The same history gives the same bytes: neither the time nor the place of the run's folder is shown.
    """
    every, problems = _trials(material)
    yield _opening(material)
    yield from headline(material)
    if material.gate:
        yield from gate_tables(material.gate)
    logs = read_logs(material.folder) if material.history else NO_LOGS
    heading = OF_GATE if material.gate else HEADING
    said = [each.failure for each in material.gate.tests] if material.gate else []
    yield from violations(every, material.history, logs, heading, said)
    if material.outcome:
        yield from recovery(material.outcome)
        yield from distribution(material.outcome)
    drawn = [place for place, each in enumerate(every) if each.recorded]
    blobs = _Blobs(material, every)
    yield from timeline(every, drawn)
    yield from stories(material.history, every, drawn)
    yield from checks_table(every)
    yield from configuration(material, against)
    yield from about(material, every)
    for place in drawn:
        yield blobs.of(place)
    yield from missing(material, every, (*problems, *_undrawn(every), *blobs.problems))
    yield f"<script>{_script()}</script></body></html>\n"


class _Blobs:
    """Each trial's arrays. `problems`: of those that the history does not give."""

    def __init__(self, material: Material, every: Sequence[Told]) -> None:
        self.problems: list[str] = []
        self._material, self._every = material, every
        self._logs: list[Log] = []
        if history := material.history:
            self._logs = read(material.folder, material.header.wall_minus_mono_ns, iter(history.topology.nodes))

    def of(self, place: int) -> str:
        history, each = self._material.history, self._every[place]
        assert history
        assert each.recorded
        try:
            blob = packed(history, each.recorded, self._material.header.wall_minus_mono_ns, self._logs)
        except BROKEN as error:
            self.problems.append(f"The timeline of {each.name}: {str(error) or type(error).__name__}")
            blob = ""
        return f'<script type="application/octet-stream" id="trial-{place}">{blob}</script>'


def _trials(material: Material) -> tuple[list[Told], list[str]]:
    try:
        return told(material.history, material.outcome), []
    except BROKEN as error:
        problem = f"The steps of the history, so there is no timeline: {str(error) or type(error).__name__}"
        return told(None, material.outcome), [problem]


def _undrawn(every: Sequence[Told]) -> Iterator[str]:
    for each in every:
        if each.recorded is None:
            yield f"A timeline of {each.name}: the history has no step of it."


def _opening(material: Material) -> str:
    policy = (
        f"default-src 'none'; script-src '{_hash(_script())}'; style-src '{_hash(_style())}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{text(title(material))}</title><style>{_style()}</style></head><body>\n"
    )


def _style() -> str:
    return (_HERE / "report.css").read_text()


def _script() -> str:
    """One function: nothing of it is global but `report`, by which the page is measured."""
    parts = [(_HERE / "script" / f"{name}.js").read_text() for name in _SCRIPTS]
    return f"(() => {{\n'use strict';\n{''.join(parts)}}})();\n"


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
