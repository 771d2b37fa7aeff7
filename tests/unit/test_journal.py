"""What was intended and not closed is found again by the next life, unless the machine was started anew."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.agents.journal import Journal, open_entries
from harness.model.ops import Drop, FileSwapped, SqlSet

DROP = Drop("lb-ext-1.external", "ingress")


@settings(max_examples=40, deadline=None)  # each one writes files
@given(st.lists(st.integers(0, 4), max_size=20), st.integers(0, 60))
def test_replay_finds_what_is_open(steps: list[int], torn: int) -> None:
    """Each step closes an open entry (its number), or opens one; a torn last line is not an entry."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        journal, still_open = Journal(path, "boot"), list[int]()
        for step in steps:
            if step < len(still_open):
                journal.close(still_open.pop(step))
            else:
                still_open.append(journal.intend("me", DROP, f"value {len(still_open)}"))
        path.write_bytes(path.read_bytes() + b'{"type":"intent","number":9'[:torn])
        heir = Journal(path, "boot")
        assert [entry.number for entry in heir.left] == sorted(still_open)
        another = heir.intend("heir", DROP, "")
        assert [entry.number for entry in Journal(path, "boot").left] == [*sorted(still_open), another]


def test_the_previous_value_survives(tmp_path: Path) -> None:
    op = SqlSet("db-1", "table_open_cache", "32")
    Journal(tmp_path / "j", "boot").intend("game day", op, "2000")
    (entry,) = Journal(tmp_path / "j", "boot").left
    assert (entry.holder, entry.op, entry.before) == ("game day", op, "2000")


def test_an_entry_is_a_line_with_no_more_than_it_needs(tmp_path: Path) -> None:
    """Other versions of the agent read it."""
    Journal(tmp_path / "j", "boot").intend("me", DROP, "")
    op = '{"op":"drop","port":"lb-ext-1.external","side":"ingress"}'
    line = f'{{"type":"intent","number":1,"boot_id":"boot","holder":"me","op":{op}}}'
    assert (tmp_path / "j").read_text() == line + "\n"


def test_what_was_never_written_has_the_number_0(tmp_path: Path) -> None:
    """Acts are not: to close one of them closes nothing."""
    journal = Journal(tmp_path / "j", "boot")
    assert journal.intend("me", DROP, "") == 1
    journal.close(0)
    assert [entry.number for entry in Journal(tmp_path / "j", "boot").left] == [1]


def test_what_is_left_is_a_value(tmp_path: Path) -> None:
    """Two readers of one line have the same entry."""
    Journal(tmp_path / "j", "boot").intend("me", DROP, "")
    assert len({*Journal(tmp_path / "j", "boot").left, *open_entries(tmp_path / "j")}) == 1


def test_what_is_in_a_nodes_files_outlives_the_boot(tmp_path: Path) -> None:
    swapped = FileSwapped("lb-ext-1", "/usr/bin/pidof")
    earlier = Journal(tmp_path / "j", "earlier")
    earlier.intend("me", DROP, "")
    earlier.intend("me", swapped, "")
    assert [entry.op for entry in Journal(tmp_path / "j", "boot").left] == [swapped]


def test_another_boot_has_nothing_to_undo(tmp_path: Path) -> None:
    Journal(tmp_path / "j", "boot").intend("me", DROP, "")
    assert Journal(tmp_path / "j", "another boot").left == []


def test_a_line_of_another_version_is_kept_and_told(tmp_path: Path) -> None:
    """It may stand for what is in force: it is neither an end of the agent nor forgotten."""
    path = tmp_path / "j"
    strange = b'{"type":"intent","number":1,"boot_id":"boot","holder":"me","op":{"op":"of tomorrow"}}'
    path.write_bytes(strange + b"\n" + strange.replace(b'"boot"', b'"earlier"') + b"\n\xff\n")
    for _ in range(2):
        journal = Journal(path, "boot")
        assert journal.unread == [strange.decode(), "\ufffd"]
        assert journal.left == []
        journal.close(journal.intend("me", DROP, ""))


def test_it_does_not_grow(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", "boot")
    for _ in range(3):
        journal.close(journal.intend("me", DROP, ""))
        assert (tmp_path / "j").stat().st_size == 0


def test_close_is_idempotent(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", "boot")
    first, second = journal.intend("me", DROP, ""), journal.intend("me", DROP, "")
    journal.close(first)
    journal.close(first)
    assert [entry.number for entry in Journal(tmp_path / "j", "boot").left] == [second]


def test_a_line_that_did_not_fit_is_not_continued_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk takes part of a line. The entry before and the entry after are read."""
    journal, write = Journal(tmp_path / "j", "boot"), os.write
    journal.intend("me", DROP, "before")
    monkeypatch.setattr("harness.agents.journal.os.write", lambda fd, text: write(fd, text[:40]))
    with pytest.raises(OSError, match="journal cannot be written"):
        journal.intend("me", DROP, "torn")
    monkeypatch.undo()
    journal.intend("me", DROP, "after")
    heir = Journal(tmp_path / "j", "boot")
    assert ([entry.before for entry in heir.left], heir.unread) == (["before", "after"], [])


def test_an_undo_is_done_although_a_full_disk_cannot_hold_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next life undoes it again, which changes nothing: an agent that ends instead would end again and again."""
    journal = Journal(tmp_path / "j", "boot")
    first, _ = journal.intend("me", DROP, "1"), journal.intend("me", DROP, "2")
    monkeypatch.setattr("harness.agents.journal.os.write", lambda *_: 0)
    journal.close(first)
    monkeypatch.undo()
    assert [entry.before for entry in Journal(tmp_path / "j", "boot").left] == ["1", "2"]
