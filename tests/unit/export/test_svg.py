"""The picture: nothing in it acts, the same trial gives the same bytes, and no failure vanishes in a column."""

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.export import ALL, Recorded
from harness.export._requests import CLASSES, strips
from harness.export._strip import COLUMNS, bars_of, columns, outline
from harness.export.svg import document
from tests.unit.export.nasty import DATA, OUTAGE, nasty_run

SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {"svg", "title", "style", "rect", "path", "text"}


def elements(text: str) -> list[ET.Element]:
    return list(ET.fromstring(text.encode()).iter())


def pictures(run: Recorded) -> list[str]:
    return [document(run, trial) for trial in run.trials]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in DATA.glob("*/run.json")))
def test_every_recording_has_a_picture_within_its_frame(name: str) -> None:
    (picture,) = pictures(Recorded(DATA / name))
    root = ET.fromstring(picture.encode())
    width, height = (float(root.get(name, "")) for name in ("width", "height"))
    for shape in root.iter(f"{SVG}rect"):
        x, y, wide, tall = (float(shape.get(each, "")) for each in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width + 1.5
        assert 0 <= y <= y + tall <= height


def test_the_same_trial_gives_the_same_bytes() -> None:
    assert pictures(Recorded(OUTAGE)) == pictures(Recorded(OUTAGE))


def test_nothing_in_it_acts_or_is_fetched(tmp_path: Path) -> None:
    for picture in pictures(nasty_run(tmp_path / "run")):
        assert {each.tag.removeprefix(SVG) for each in elements(picture)} <= HARMLESS
        names = {name for each in elements(picture) for name in each.keys()}  # noqa: SIM118 - attributes
        assert not [name for name in names if name.startswith("on") or "href" in name or name == "src"]
        assert "url(" not in picture
        assert "@import" not in picture
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", picture)


def test_the_outage_is_in_it() -> None:
    (picture,) = pictures(Recorded(OUTAGE))
    hints = [each.text or "" for each in elements(picture) if each.tag == f"{SVG}title"]
    assert any(hint.startswith("two owners, +0.33") for hint in hints)
    assert any(hint.startswith("lb-ext-2, which has not the VIP") for hint in hints)
    assert any(hint.startswith("asked 0.550 s, held 0.550 s") for hint in hints)


def test_each_request_is_counted_in_its_column() -> None:
    run = Recorded(OUTAGE)
    (trial,) = run.trials
    for strip in strips(run.history, trial):
        counts = columns(strip, trial.window)
        assert counts.sum() == len(strip.requests)
        assert counts.sum(axis=1).tolist() == np.bincount(strip.classes, minlength=len(CLASSES)).tolist()


COUNTS = st.lists(st.integers(0, 5_000), min_size=len(CLASSES), max_size=len(CLASSES))


@given(COUNTS, st.integers(0, COLUMNS - 1))
def test_no_class_of_a_column_vanishes(of_class: list[int], column: int) -> None:
    """Also one request in thousands is at least a pixel, and shapes of bad classes do not cover one another."""
    counts = np.zeros((len(CLASSES), COLUMNS), np.int64)
    counts[:, column] = of_class
    shapes = bars_of(counts, 2, 12)
    for number, count in enumerate(of_class):
        assert len(shapes[number]) == (1 if count else 0)
        assert all(shape.height >= 1 and shape.column == column for shape in shapes[number])
    bad = sorted((shape.top, shape.top + shape.height) for each in shapes[1:] for shape in each)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(bad))
    assert all(2 <= top < bottom <= 14 for top, bottom in bad)
    if bad and not of_class[0]:
        assert sum(bottom - top for top, bottom in bad) == 12


def test_columns_of_one_height_are_one_rectangle() -> None:
    counts = np.zeros((len(CLASSES), COLUMNS), np.int64)
    counts[0, 10:20] = 5
    counts[2, 30] = 1
    good, _, dark, *_ = bars_of(counts, 2, 12)
    assert outline(good, 100) == "M110 2h10v12h-10z"
    assert outline(dark, 100) == "M130 2h1v12h-1z"


def test_a_picture_may_be_asked_for_of_one_trial() -> None:
    (trial,) = Recorded(OUTAGE).trials
    (part,) = ALL["svg"].parts(Recorded(OUTAGE, trial.number))
    assert part.name == f"timeline-{trial.number}.svg"
