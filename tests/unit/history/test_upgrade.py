"""Old runs are read as if they had been written today: those of pairs, and of a next schema that the tests make."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import store, upgrade
from harness.history.upgrade import (
    SCHEMA,
    UPGRADES,
    Document,
    Upgrade,
    schema_of,
    upgrade_events,
    upgrade_header,
    upgrade_topology,
)
from harness.model.errors import UsageError
from harness.model.events import Marked, OpApplied, encode
from harness.model.ops import Announce
from harness.model.topology import Topology
from tests.histories import lab

RECORDINGS = sorted(path.parent for path in (Path(__file__).parents[2] / "data").glob("*/run.json"))
OF_PAIRS = [folder for folder in RECORDINGS if json.loads((folder / "run.json").read_bytes())["schema"] == 1]
names = st.text("abcdefgh-12", min_size=1, max_size=8)
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
    monkeypatch.setitem(UPGRADES, SCHEMA, Upgrade(header, lambda topology: topology, event))


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


def pairs(topology: Path) -> Iterator[dict[str, object]]:
    """As a run of schema 1 wrote them."""
    yield from json.loads(topology.read_bytes())["pairs"].values()


@pytest.mark.parametrize("recording", OF_PAIRS, ids=lambda path: path.name)
def test_a_recording_of_pairs_has_virtual_routers(recording: Path) -> None:
    """Its verdicts are those that were stored (test_recordings.py), so that reading changed nothing."""
    topology = store.read_topology(recording)
    routers = topology.virtual_routers.values()
    assert [
        {"name": r.name, "segment": r.segment, "vip": r.first.address, "vrid": r.vrid, "nodes": list(r.nodes)}
        for r in routers
    ] == list(pairs(recording / "topology.json"))
    assert {len(r.vips) for r in routers} == {1}
    assert topology.vantages
    assert all(vantage.vip == "10.77.0.100" for vantage in topology.vantages.values())
    assert list(topology.caches) == ["gw-1", "gw-2", "customer-3"]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_an_upgraded_recording_written_anew_is_the_same(recording: Path, tmp_path: Path) -> None:
    """As schema 2: nothing is upgraded when it is read again."""
    read, anew = store.load(recording), tmp_path / "anew"
    store.create(anew, store.read_header(recording), read.topology)
    store.events_path(anew).write_bytes(b"".join(encode(event) + b"\n" for event in read.events))
    shutil.copytree(recording / "configuration", anew / "configuration")
    assert json.loads((anew / "run.json").read_bytes())["schema"] == SCHEMA
    again = store.load(anew)
    assert (again.topology, again.events, again.limits) == (read.topology, read.events, read.limits)


def test_an_announcement_of_a_pair_is_one_of_its_router() -> None:
    op = b'{"op":"announce","pair":"external"}'
    line = b'{"event":"op_applied","t":1,"plan":1,"part":0,"op":%s,"asked_ns":1,"begun_ns":1}' % op
    (upgraded,) = upgrade_events(1, [line])
    assert msgspec.json.decode(upgraded, type=OpApplied).op == Announce("external")


def test_what_only_looks_like_an_op_is_passed_on() -> None:
    """A kind of event that is not known, as the reader counts it; an op that named no pair is as it was."""
    for line in (
        b'{"event":"tea_ready","op":"announce"}',
        b'{"event":"op_applied","op":{"op":"flush_fdb","switch":"a"}}',
    ):
        assert list(upgrade_events(1, [line])) == [line]


def test_a_topology_that_is_none_is_named() -> None:
    with pytest.raises(UsageError, match=r"topology\.json does not fit schema 1: .*`pairs`"):
        upgrade_topology(1, {"segments": {}, "vantages": {}})


@given(nodes=st.tuples(names, names), vrid=st.integers(1, 255), prefix=st.integers(8, 30), host=st.integers(1, 254))
def test_whatever_pair_there_was_is_a_router_of_one_vip(
    nodes: tuple[str, str], vrid: int, prefix: int, host: int
) -> None:
    """And what is of today's schema stays as it is."""
    pair = {"name": "one", "segment": "in", "vip": f"10.1.2.{host}", "vrid": vrid, "nodes": list(nodes)}
    vantage = {"node": "c", "pair": "one", "cache": "g"}
    rest: Document = {"segments": {"in": f"10.1.2.0/{prefix}"}, "switches": {}, "trunks": {}, "nodes": {}}
    old = rest | {"pairs": {"one": pair}, "vantages": {"c": vantage}}
    document = upgrade_topology(1, old)
    topology = msgspec.convert(document, Topology)
    router = topology.virtual_router()
    assert (router.nodes, router.vrid, router.first.address) == (nodes, vrid, f"10.1.2.{host}")
    assert (router.vips[0].prefix, router.first.segment, router.vips[0].excluded) == (prefix, "in", False)
    assert topology.asking(router.first) == ["c"]
    assert upgrade_topology(SCHEMA, document) == document
    assert upgrade_header({"schema": 1, "run": "r"}) == {"schema": SCHEMA, "run": "r"}
