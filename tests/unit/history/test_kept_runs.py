"""Which folders are runs, what is told of each without reading its history, and which one a text means."""

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.history import kept_runs, store
from harness.history.kept_runs import find_run, outcome_of, remove, remove_history
from harness.history.store import RunHeader
from harness.model.errors import UsageError
from harness.model.outcome import RunOutcome
from harness.model.run_facts import RunFacts
from tests.histories import lab

NOW = 1_700_000_000
BEGAN = "2026-11-01T10:00:00+00:00"
OUTCOME = RunOutcome("x", "passed", "held", "", (), facts=RunFacts(BEGAN))


def create(folder: Path, name: str = "it", outcome: RunOutcome | None = OUTCOME) -> Path:
    run = folder / name
    store.create(run, RunHeader(name, "boot", 0), lab())
    if outcome:
        store.write_outcome(run, outcome)
    return run


@pytest.mark.parametrize("age_s, recording", [(0, True), (599, True), (600, False), (601, False)])
def test_a_run_that_grew_within_ten_minutes_is_being_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age_s: int, *, recording: bool
) -> None:
    """A lab's samplers write many times in a second: so long a silence is a run that was cut off."""
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    run = create(tmp_path, outcome=None)
    os.utime(store.events_path(run), (NOW - age_s, NOW - age_s))
    (told,) = kept_runs.kept_runs(tmp_path)
    assert told.recording is recording
    if recording:
        for act in (remove, remove_history):
            with pytest.raises(UsageError, match="is being recorded"):
                act(told)
        assert store.events_path(run).exists()


def test_a_run_with_an_outcome_or_without_events_is_not_being_recorded(tmp_path: Path) -> None:
    """Also one whose outcome cannot be read: it is written when all else is."""
    create(tmp_path, "ended")
    store.outcome_path(create(tmp_path, "broken", outcome=None)).write_bytes(b"[")
    store.events_path(create(tmp_path, "removed", outcome=None)).unlink()
    told = {run.name: run for run in kept_runs.kept_runs(tmp_path)}
    assert {name: run.recording for name, run in told.items()} == dict.fromkeys(("broken", "ended", "removed"), False)
    assert {name: run.history for name, run in told.items()} == {"broken": True, "ended": True, "removed": False}
    assert told["ended"].outcome == replace(OUTCOME, run=str(tmp_path / "ended"))
    assert (told["ended"].problem, told["broken"].outcome) == ("", None)


def test_packed_events_are_a_history_too(tmp_path: Path) -> None:
    events = store.events_path(create(tmp_path))
    events.rename(events.with_name("events.jsonl.gz"))
    (told,) = kept_runs.kept_runs(tmp_path)
    assert told.history
    remove_history(told)
    assert not store.has_history(Path(told.folder))
    assert outcome_of(Path(told.folder)).sentence == "held"


def test_a_run_is_as_large_as_its_own_files(tmp_path: Path) -> None:
    """In each of its folders; what a link leads to is elsewhere."""
    run = create(tmp_path)
    before = kept_runs.kept_runs(tmp_path)[0].bytes
    assert before == sum(path.stat().st_size for path in run.iterdir())
    (tmp_path / "elsewhere").write_bytes(b"x" * 5_000)
    (run / "link").symlink_to(tmp_path / "elsewhere")
    store.log_path(run, "lb-ext-1").write_bytes(b"x" * 100)
    assert kept_runs.kept_runs(tmp_path)[0].bytes == before + 100


def test_files_and_links_beside_runs_are_no_runs(tmp_path: Path) -> None:
    run = create(tmp_path / "elsewhere")
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "notes.txt").touch()
    (folder / "empty").mkdir()
    (folder / "link").symlink_to(run)
    assert kept_runs.kept_runs(folder) == []


@pytest.mark.parametrize("facts", [None, RunFacts("")])
def test_a_run_that_does_not_tell_when_it_began_is_as_old_as_its_header(tmp_path: Path, facts: RunFacts | None) -> None:
    run = create(tmp_path, outcome=replace(OUTCOME, facts=facts))
    os.utime(store.header_path(run), (NOW, NOW))
    create(tmp_path, "told")
    create(tmp_path, "also told")
    told = [(each.name, each.began) for each in kept_runs.kept_runs(tmp_path)]
    header = datetime.fromtimestamp(NOW, UTC).isoformat()
    assert told == [("it", header), ("also told", BEGAN), ("told", BEGAN)], "the oldest first, then by name"


def test_a_run_is_found_by_its_name_or_path_or_by_its_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of another harness may have an outcome alone; one that is recorded has none yet."""
    ended, begun = create(tmp_path, "ended"), create(tmp_path, "begun", outcome=None)
    alone = tmp_path / "alone"
    alone.mkdir()
    store.write_outcome(alone, OUTCOME)
    assert [find_run(name, tmp_path) for name in ("ended", "begun", "alone")] == [ended, begun, alone]
    elsewhere = tmp_path / "elsewhere"
    assert [find_run(str(path), elsewhere) for path in (ended, ended / "outcome.json")] == [ended, ended]
    assert find_run("ended/outcome.json", tmp_path) == ended
    monkeypatch.chdir(tmp_path)
    assert find_run("ended", elsewhere) == Path("ended")
    with pytest.raises(UsageError, match=r"begun/outcome.json"):
        find_run("begun/outcome.json", elsewhere)
    with pytest.raises(UsageError, match=re.escape("'ended/run.json' is no run: that is a folder with a run.json")):
        find_run("ended/run.json", elsewhere)


def test_an_unknown_name_is_told_the_five_newest(tmp_path: Path) -> None:
    for day in range(1, 8):
        create(tmp_path, f"day-{day}", replace(OUTCOME, facts=RunFacts(f"2026-11-0{day}")))
    with pytest.raises(UsageError, match=r"There is no run 'dya'.* The newest: day-3, day-4, day-5, day-6, day-7\."):
        find_run("dya", tmp_path)
    for empty in (tmp_path / "day-1", tmp_path / "none"):
        with pytest.raises(UsageError, match=re.escape(f"In {empty}/ there is no run.")):
            find_run("dya", empty)
