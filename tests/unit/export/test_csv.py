"""The tables: every request and every event, and no cell that a spreadsheet would calculate."""

import csv
import gzip
import io
import json
import shutil
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.export import ALL, Recorded
from harness.export._escape import cell
from harness.model.events import HaproxySample, MarkerSeen
from harness.recovery.estimator import good
from tests.histories import ns
from tests.unit.export.nasty import OUTAGE, nasty_run


def tables(run: Recorded) -> dict[str, list[dict[str, str]]]:
    found = {}
    for part in ALL["csv"].parts(run):
        file = io.BytesIO()
        part.write(file)
        found[part.name] = list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))
    return found


def test_every_request_is_a_row_with_its_class() -> None:
    run = Recorded(OUTAGE)
    rows = tables(run)["requests.csv"]
    requests = run.history.requests
    assert [int(row["t_ns"]) for row in rows] == requests["due"].tolist()
    assert [row["class"] == "good" for row in rows] == good(requests).tolist()
    dark = [row for row in rows if row["vantage"] == "customer-3" and row["class"] == "no answer"]
    assert len(dark) > 2000
    (step,) = run.trials[0].steps
    assert all((row["step"] == "blip") is (step.began_ns <= int(row["t_ns"]) <= step.ends_ns) for row in dark)


def test_times_are_of_the_wall_clock_and_of_the_first_effect() -> None:
    run = Recorded(OUTAGE)
    row = next(row for row in tables(run)["requests.csv"] if row["step"])
    wall = run.wall_ns(int(row["t_ns"])) / 1e9
    assert abs(datetime.fromisoformat(row["time"]).timestamp() - wall) < 2e-6
    effect = run.trials[0].steps[0].first_effect_ns
    assert float(row["since_effect_s"]) == round((int(row["t_ns"]) - effect) / 1e9, 6)


def test_every_event_but_our_own_markers_is_a_row() -> None:
    run = Recorded(OUTAGE)
    rows = tables(run)["events.csv"]
    assert len(rows) == sum(not isinstance(event, MarkerSeen) for event in run.history.events)
    advert = next(row for row in rows if row["event"] == "advert")
    assert advert["where"] in run.history.topology.taps.values()
    assert '"priority"' in advert["details"]


def test_no_cell_of_a_nasty_run_begins_a_formula(tmp_path: Path) -> None:
    found = tables(nasty_run(tmp_path / "run"))
    cells = [value for rows in found.values() for row in rows for value in row.values()]
    texts = [value for value in cells if value and not _is_number(value)]
    assert any(value.startswith("'=") for value in texts), "the nasty names are there"
    assert not [value for value in texts if value.lstrip()[0] in "=+-@\t\r"]
    assert all(value.isprintable() for value in texts)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_details_stay_json_whatever_a_text_has(tmp_path: Path) -> None:
    evil = 'a\x7f\x9b\u202e\U000e0041 ##[error] ##vso[x] \\ "::error'
    rows = _evil(tmp_path, evil)
    (row,) = [row for row in rows if "error" in row["details"] and row["event"] == "haproxy"]
    assert row["details"].isprintable()
    assert not [part for part in ("##[", "##vso[") if part in row["details"]]
    assert json.loads(row["details"])["proxy"] == evil
    assert row["told_by"] == "'=service"


def _evil(tmp_path: Path, text: str) -> list[dict[str, str]]:
    """The events of a run in which HAProxy told this name of a proxy, by a teller with a formula as its name."""
    run = tmp_path / "run"
    shutil.copytree(OUTAGE, run)
    told = HaproxySample(ns(0.0), "lb-ext-1", text, "UP", 0, 0, 0, 0, 0, 0)
    event = msgspec.structs.replace(told, told_by="=service")
    line = msgspec.json.encode(event)
    path = run / "events.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + line + b"\n"))
    return tables(Recorded(run))["events.csv"]


def test_every_cell_is_quoted() -> None:
    file = io.BytesIO()
    next(iter(ALL["csv"].parts(Recorded(OUTAGE)))).write(file)
    assert file.getvalue().startswith(b'"time","t_ns",')


@given(st.text())
def test_a_cell_is_never_a_formula_and_always_one_line(text: str) -> None:
    shown = cell(text)
    assert shown.lstrip()[:1] not in set("=+-@\t\r\n")
    assert len(shown.splitlines()) <= 1


def test_a_table_is_written_in_pieces_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tables(Recorded(OUTAGE))
    monkeypatch.setattr("harness.export.csv.CHUNK", 997)
    assert tables(Recorded(OUTAGE)) == whole
