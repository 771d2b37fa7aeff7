"""Old runs read as if they had been written today."""

import json
from pathlib import Path

import msgspec
import pytest

from harness.history import store
from harness.history.upgrade import SCHEMA, UPGRADES
from harness.model.errors import UsageError
from harness.model.events import AddressChanged, AdvertSeen, ArpSeen, NeighbourChanged
from tests.histories import lab

MAC, EVERYONE, VIP = "02:77:00:00:00:01", "ff:ff:ff:ff:ff:ff", "10.77.0.100"

EVENTS_0 = [
    {"ev": "arp", "t": 1, "port": "lb-ext-1.external", "out": False, "src": MAC, "dst": EVERYONE, "op": 1}
    | {"sha": MAC, "spa": VIP, "tpa": VIP},
    {"ev": "vrrp", "t": 2, "port": "trunk.a", "out": True, "src": MAC, "ip": "10.77.0.1", "vrid": 51, "prio": 150},
    {"ev": "addr", "t": 3, "node": "lb-ext-1", "add": True, "ip": VIP, "dev": "lan0"},
    {"ev": "neigh", "t": 4, "node": "gw-1", "gone": True, "ip": VIP, "mac": MAC, "state": 2},
    {"ev": "neigh", "t": 5, "node": "gw-1", "gone": False, "ip": VIP, "mac": MAC, "state": 2},
    {"ev": "switch", "t": 6, "name": "sw-a"},
]


def old_run(run: Path, schema: object, lines: list[str]) -> Path:
    header = {"schema": schema, "run": "old", "boot_id": "b", "wall_offset_s": 1700000000.5}
    (run / "run.json").write_text(json.dumps(header))
    (run / "topology.json").write_bytes(msgspec.json.encode(lab()))
    (run / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return run


def test_schema_0(tmp_path: Path) -> None:
    run = old_run(tmp_path, 0, [json.dumps(event) for event in EVENTS_0] + ['{"ev": "ar'])
    history = store.load(run)
    assert history.events == (
        ArpSeen(1, "lb-ext-1.external", True, MAC, EVERYONE, 1, MAC, VIP, VIP),
        AdvertSeen(2, "trunk.a", False, MAC, "10.77.0.1", 51, 150),
        AddressChanged(3, "lb-ext-1", VIP, "lan0", present=True),
        NeighbourChanged(4, "gw-1", VIP, None, 2),
        NeighbourChanged(5, "gw-1", VIP, MAC, 2),
    )
    assert history.unread == {
        "torn line": 0,
        "unreadable: Input data was truncated": 1,
        "unknown event 'switch'": 1,
        "torn record": 0,
    }
    header = store.read_header(run)
    assert (header.schema, header.wall_minus_mono_ns) == (SCHEMA, 1_700_000_000_500_000_000)


def test_folder_is_not_rewritten(tmp_path: Path) -> None:
    run = old_run(tmp_path, 0, [])
    before = (run / "run.json").read_bytes()
    store.load(run)
    assert (run / "run.json").read_bytes() == before


@pytest.mark.parametrize("schema", [SCHEMA + 1, -1, "1", None])
def test_newer_or_nonsense(tmp_path: Path, schema: object) -> None:
    with pytest.raises(UsageError, match="this harness reads 0 to 1"):
        store.load(old_run(tmp_path, schema, []))


def test_every_old_schema_has_an_upgrade() -> None:
    assert set(UPGRADES) == set(range(SCHEMA))
