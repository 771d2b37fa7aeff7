"""Old runs are read as if they had been written today. There is no old schema yet: the tests make the next one."""

import json
from pathlib import Path

import msgspec
import pytest

from harness.history import store, upgrade
from harness.history.upgrade import SCHEMA, UPGRADES, Document, Upgrade, schema_of
from harness.model.errors import UsageError
from harness.model.events import Marked
from tests.histories import lab

LINES = [b'{"event":"marked","t":1,"label":"begin"}', b'{"event":"ma']


def run(folder: Path, schema: object) -> Path:
    header = {"schema": schema, "run": "old", "boot_id": "b"}
    (folder / "run.json").write_text(json.dumps(header))
    (folder / "topology.json").write_bytes(msgspec.json.encode(lab()))
    (folder / "events.jsonl").write_bytes(b"\n".join(LINES))
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def next_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema in which a mark has a name, not a label, and the header the wall clock's offset."""

    def header(old: Document) -> Document:
        return old | {"wall_minus_mono_ns": 7}

    def event(old: Document) -> Document:
        return {"name" if key == "label" else key: value for key, value in old.items()}

    monkeypatch.setattr(upgrade, "SCHEMA", SCHEMA + 1)
    monkeypatch.setitem(UPGRADES, SCHEMA, Upgrade(header, event))


def test_every_old_schema_has_an_upgrade() -> None:
    assert set(UPGRADES) == set(range(1, SCHEMA))


@pytest.mark.usefixtures("next_schema")
def test_an_old_run_is_read_as_if_it_were_of_today(tmp_path: Path) -> None:
    """A torn line is passed on, and counted."""
    folder = run(tmp_path, SCHEMA)
    assert store.load(folder).events == (Marked(1, "begin"),)
    assert store.load(folder).unread["torn line"] == 1
    header = store.read_header(folder)
    assert (header.schema, header.wall_minus_mono_ns) == (SCHEMA + 1, 7)


@pytest.mark.usefixtures("next_schema")
def test_the_folder_is_not_rewritten(tmp_path: Path) -> None:
    folder = run(tmp_path, SCHEMA)
    before = contents(folder)
    store.load(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("schema", [SCHEMA + 1, 0, -1, "1", None])
def test_a_newer_schema_or_none_is_refused(schema: object) -> None:
    with pytest.raises(UsageError, match=f"has schema {schema!r}; this harness reads 1 to {SCHEMA}"):
        schema_of({"schema": schema})
