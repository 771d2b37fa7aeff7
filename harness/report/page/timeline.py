"""The timeline's place in the page; the script draws it. Then what happened, in order, in words."""

from collections.abc import Iterator, Sequence

from harness.history import History
from harness.report.page.html import data, plain, text
from harness.report.page.material import BROKEN
from harness.report.page.story import Moment, story
from harness.report.page.trial import Recorded, Told

BUTTONS = (
    ("fit", "All", "Show all"), ("fault", "Fault", "Show the next fault"), ("in", "+", "Zoom in"),
    ("out", "−", "Zoom out"), ("left", "←", "Earlier"), ("right", "→", "Later"),
    ("bad", "Next failure", "Show the next failed request"),
)  # fmt: skip


def timeline(every: Sequence[Told], drawn: Sequence[int]) -> Iterator[str]:
    """`drawn`: the places of the trials that have a timeline."""
    if not drawn:
        yield '<section id="timeline"><h2>Timeline</h2>'
        yield '<p>There is none: see <a href="#missing">what was not available</a>.</p></section>'
        return
    options = "".join(f'<option value="{place}">{text(every[place].name)}</option>' for place in drawn)
    buttons = "".join(
        f'<button type="button" data-do="{do}" aria-label="{label}" title="{label}">{face}</button>'
        for do, face, label in BUTTONS
    )
    yield (
        '<section id="timeline"><h2>Timeline</h2><div class="tools" role="toolbar" aria-label="Timeline">'
        f'<label{"" if len(drawn) > 1 else " hidden"}>Trial <select id="trial">{options}</select></label>{buttons}'
        '<label id="folded"><input type="checkbox" id="quiet"> quiet rows <span></span></label>'
        '<output id="range" aria-live="off"></output></div>'
    )
    yield (
        '<div id="stage" tabindex="0" role="img" aria-label="Timeline of the trial. Arrow keys move, plus and minus '
        'zoom, 0 shows all, F the fault, N the next failure. The same in words is below."><canvas id="map"></canvas>'
        '<div id="glass"></div><canvas id="rows"></canvas><div id="labels"></div><canvas id="over"></canvas></div>'
        '<ul id="legend" class="quiet"></ul><p id="told" class="quiet" aria-live="polite"></p>'
        '<p class="quiet keys">Drag to zoom in, double-click to zoom out; Ctrl+wheel zooms, Shift+wheel or ← → moves; '
        "+ − 0 F N on the keyboard, Esc takes marks away. Times count from the first effect of the trial.</p>"
        '<details id="lines" hidden><summary>Log lines in view <span></span></summary><ol></ol></details>'
        "<noscript><p>The timeline is drawn by a script of this file; all else of the page needs none.</p></noscript>"
        "</section>"
    )


def stories(history: History | None, every: Sequence[Told], drawn: Sequence[int]) -> Iterator[str]:
    if not history or not drawn:
        return
    yield '<section id="story"><h2>What happened, in order</h2>'
    for place in drawn:
        told = every[place]
        hidden = "" if place == drawn[0] else " hidden"
        heading = f"<h3>{text(told.name)}</h3>" if len(drawn) > 1 else ""
        yield f'<div class="story" data-trial="{place}"{hidden}>{heading}{_told(history, place, told)}</div>'
    yield "</section>"


def _told(history: History, place: int, told: Told) -> str:
    assert told.recorded
    try:
        found = story(history, told.recorded, told.outcome.steps if told.outcome else ())
    except BROKEN as error:
        return f"<p>The history does not tell it: {text(error)}</p>"
    left = f'<li class="quiet">… {found.left_out} more, which the timeline shows</li>' if found.left_out else ""
    begin, end = (
        "".join(_moment(place, told.recorded, each) for each in moments) for moments in (found.begin, found.end)
    )
    return f"<ol>{begin}{left}{end}</ol>"


def _moment(place: int, trial: Recorded, moment: Moment) -> str:
    since = moment.t - trial.zero
    marks = data([(since / 1000, plain(moment.text))])
    return (
        f'<li class="{moment.tone}"><button type="button" data-trial="{place}" data-marks="{marks}">'
        f"<time>{_signed(since)} s</time><i></i> {text(moment.text)}</button></li>"
    )


def _signed(ns: int) -> str:
    return f"{ns / 1e9:+.3f}".replace("-", "−")
