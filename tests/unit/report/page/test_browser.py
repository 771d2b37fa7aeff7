"""The page in a real browser without a network: no message in the console, every row drawn, zoom, hover, a finding.

It needs Debian's chromium, which the harness itself does not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report.page import write
from scripts.chromium import CHROMIUM, Tab, browser
from scripts.report_figures import LOOK
from tests.unit.report.page.hostile import DATA, hostile_run

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")

DRAWN = """report.tools.shown.map(({ lane, y, h }) => {
  const canvas = document.querySelector('#rows'), gutter = report.tools.gutter, MAP = report.tools.MAP;
  const data = canvas.getContext('2d').getImageData(gutter, y - MAP, canvas.width - gutter, Math.round(h)).data;
  const shades = new Set();
  for (let i = 0; i < data.length; i += 4) shades.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
  return [lane.kind, lane.label, shades.size];
})"""
"""Of each row how many colours it shows. A row with one has nothing but its ground."""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def outage(tab: Tab, tmp_path: Path) -> Tab:
    tab.looks("light", 1280)
    tab.open(write(DATA / "outage", tmp_path / "page.html"))
    return tab


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("recording", ["outage", "full"])
def test_every_row_is_drawn_without_a_message_or_a_request(
    tab: Tab, tmp_path: Path, recording: str, width: int, theme: str
) -> None:
    tab.looks(theme, width)
    page = write(DATA / recording, tmp_path / "page.html")
    tab.open(page)
    assert tab.console == []
    assert tab.requested == [page.as_uri()]
    assert [row for row in tab.run(DRAWN) if row[2] < 2] == []
    assert not tab.run("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_a_finding_sets_the_view_to_its_instants_and_marks_them(outage: Tab) -> None:
    before = outage.run("report.view")
    outage.run("document.querySelectorAll('#violations button')[3].click()")  # survivor_announced, at +0.571 s
    begin, end = outage.run("new Promise((done) => setTimeout(() => done(report.view), 50))")
    assert end - begin < (before[1] - before[0]) / 4
    assert begin < 571_000 < end
    marks = outage.run("JSON.parse(document.querySelectorAll('#violations button')[3].dataset.marks)")
    assert marks[0][0] == pytest.approx(571_000, abs=1_000)


def test_keys_zoom_to_the_millisecond_and_back(outage: Tab) -> None:
    press = "document.querySelector('#stage').dispatchEvent(new KeyboardEvent('keydown', { key: '%s' }))"
    full = outage.run("report.full")
    for _ in range(20):
        outage.run(press % "+")
    assert outage.run("report.view[1] - report.view[0]") == 500
    outage.run(press % "0")
    assert outage.run("report.view") == full
    outage.run(press % "n")
    assert outage.run("report.view") != full


def test_the_pointer_tells_the_value_of_each_row(outage: Tab) -> None:
    outage.run(
        "(() => { const stage = document.querySelector('#stage'), box = stage.getBoundingClientRect();"
        "const at = { clientX: box.right - 200, clientY: box.top + 90 };"
        "stage.dispatchEvent(new PointerEvent('pointermove', at)) })()"
    )
    said = outage.run(
        "[...document.querySelectorAll('#labels .value')].map((each) => each.textContent).filter(Boolean)"
    )
    assert "→ lb-ext-2" in said
    assert any(each.startswith("no answer") for each in said)


def test_no_failed_request_vanishes_at_any_zoom(outage: Tab) -> None:
    looked, missed, first = outage.run(f"{LOOK}(40)")
    assert looked > 1_000
    assert (missed, first) == (0, [])


def test_nothing_hostile_acts_in_the_browser(tab: Tab, tmp_path: Path) -> None:
    tab.looks("dark", 1280)
    page = write(hostile_run("outage", tmp_path), tmp_path / "page.html")
    tab.open(page)
    tab.run("document.querySelectorAll('#violations button').forEach((each) => each.click())")
    assert tab.console == []
    assert tab.requested == [page.as_uri()]
    assert tab.run("document.images.length") == 0


def test_the_policy_refuses_a_request(outage: Tab) -> None:
    """So that the empty list of requests above means something."""
    outage.run(
        "new Promise((done) => { const i = new Image(); i.onerror = i.onload = done; i.src = 'file:///x.png'; })"
    )
    assert any(re.search("Content Security Policy", each) for each in outage.console)


@pytest.mark.nightly
def test_arrays_that_cannot_be_read_are_said(tab: Tab, tmp_path: Path) -> None:
    page = write(DATA / "outage", tmp_path / "page.html")
    text = page.read_text()
    blob = text.index('id="trial-0">') + len('id="trial-0">')
    page.write_text(f"{text[:blob]}{'A' * 40}{text[blob + 40 :]}")
    tab.open(page)
    assert "cannot be drawn" in tab.run("document.querySelector('#told').textContent")
    assert tab.console == []
