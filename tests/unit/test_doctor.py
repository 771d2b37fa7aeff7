"""Each lack is a row that says what the product does without it."""

import msgspec
import pytest

from harness.lab import doctor
from harness.lab.doctor import GIB, Row
from harness.lab.engine import Engine
from harness.model.machine import Machine

GOOD = Machine(
    "", "", "", "", "", "", "", clocksource="tsc", nofile=1 << 20, memory_available=8 * GIB, disk_available=50 * GIB
)
ENGINE = Engine(
    address="unix:///var/run/docker.sock",
    product="engine",
    version="28.2.2",
    api="1.50",
    compose="2.36.0",
    os="Debian GNU/Linux 13",
    kernel="6.12",
    architecture="x86_64",
    cgroup=2,
    cpus=2,
    memory=8 * GIB,
)


def test_a_good_machine_has_nothing_to_say() -> None:
    rows = (*doctor.engine_rows(ENGINE), *doctor.machine_rows(GOOD))
    assert {row.verdict for row in rows} == {"ok"}
    assert all(row.without == "" for row in rows)
    assert doctor.healthy(rows)


@pytest.mark.parametrize(
    "lack,what,verdict",
    [
        ({"bridge": "Operation not supported"}, "bridge, veth", "missing"),
        ({"nft_bridge": "Protocol not supported"}, "nftables, bridge family", "missing"),
        ({"nft_parts": "lost: No such file or directory"}, "nftables, some frames", "limited"),
        ({"tbf": "No such file or directory"}, "token buckets (tbf)", "limited"),
        ({"delays": "Invalid argument"}, "delays (BPF, tcx)", "limited"),
        ({"timestamps": "Operation not permitted"}, "frame timestamps", "missing"),
        ({"realtime": "SCHED_FIFO refused"}, "real-time scheduling", "limited"),
        ({"clocksource": "hpet"}, "clock", "limited"),
        ({"nofile": 20_000}, "open files", "limited"),
        ({"memory_available": GIB}, "memory available", "limited"),
        ({"disk_available": GIB}, "disk available", "limited"),
    ],
)
def test_a_lack_is_a_row_with_what_is_done_without(lack: dict[str, object], what: str, verdict: str) -> None:
    rows = {row.what: row for row in doctor.machine_rows(msgspec.structs.replace(GOOD, **lack))}
    bad = [row for row in rows.values() if row.verdict != "ok"]
    assert bad == [rows[what]]
    assert rows[what].verdict == verdict
    assert rows[what].without
    assert doctor.healthy(tuple(rows.values())) is (verdict == "limited")


@pytest.mark.parametrize(
    "change,what",
    [({"compose": None}, "Compose"), ({"compose": "2.1"}, "Compose"), ({"rootless": True}, "Docker engine")],
)
def test_the_row_that_lacks_carries_the_reason(change: dict[str, object], what: str) -> None:
    rows = {row.what: row for row in doctor.engine_rows(msgspec.structs.replace(ENGINE, **change))}
    assert rows[what].verdict == "missing"
    assert rows[what].without
    assert [row.what for row in rows.values() if row.verdict == "missing"] == [what]


def test_without_an_engine_there_is_still_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    rows = doctor.diagnose()
    assert [row.what for row in rows] == ["Python", "Docker engine"]
    assert not doctor.healthy(rows)


def test_unknown_is_not_healthier_than_it_is() -> None:
    assert doctor.healthy((Row("kernel features", "not tried", "unknown"),))
    assert not doctor.healthy((Row("Compose", "no plugin", "missing", "…"),))
