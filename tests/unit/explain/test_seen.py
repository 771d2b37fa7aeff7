"""What one would have seen on each device, in the words of the field's own commands."""

import json
from pathlib import Path
from typing import Final

import pytest

from harness import checks
from harness.explain import Explanation, LogLine, explain, read_logs
from harness.history import store

DATA: Final = Path(__file__).parents[2] / "data"


def told(recording: str, name: str, logs: dict[str, tuple[LogLine, ...]] | None = None) -> Explanation:
    history = store.load(DATA / recording)
    step = history.step(*history.steps[0])
    return explain(history, step, checks.ALL[name](history, step), logs or {})


def test_the_devices_of_june_13() -> None:
    seen = [(each.device, each.asks, each.shows) for each in told("outage", "no_stale_arp").seen]
    entry = "10.77.0.100 dev lan0 lladdr 02:77:00:00:00:02 STALE"
    assert seen == [
        ("gw-2", "ip neigh show 10.77.0.100", entry),
        ("customer-3", "ip neigh show 10.77.0.100", entry),
        ("lb-ext-1", "ip -br address show to 10.77.0.100", "lan0 UP 10.77.0.100/24"),
        ("lb-ext-1", "keepalived's log", "(external) Entering MASTER STATE"),
        ("lb-ext-2", "ip -br address show to 10.77.0.100", "(nothing)"),
        ("lb-ext-2", "keepalived's log", "(external) Entering BACKUP STATE"),
    ]


def test_a_full_balancer() -> None:
    seen = {each.asks.split()[0]: each for each in told("full", "session_limit_reached").seen}
    assert "api,FRONTEND,,200,200,OPEN" in seen["echo"].shows.splitlines()
    assert seen["echo"].at_s == 1.745
    assert seen["ss"].shows == "LISTEN 114 200 *:80"
    assert seen["EXPLAIN"].shows.startswith("key: ix_client, rows: ")


def test_a_balancer_that_does_not_answer() -> None:
    shows = [each.shows for each in told("frozen", "holder_can_serve").seen if "show stat" in each.asks]
    assert shows == ["# pxname,svname,qcur,scur,slim,status\n(no answer: silent)"]


def test_keepalived_s_own_lines_come_before_ours() -> None:
    history = store.load(DATA / "outage")
    effect = history.step(1, "blip").first_effect_ns
    lines = (
        LogLine(
            effect + 570_000_000, "(external) Master received advert from 10.77.0.1 with higher priority 150, ours 100"
        ),
        LogLine(effect + 571_000_000, "(external) Entering BACKUP STATE"),
        LogLine(effect + 572_000_000, "(external) removing VIPs."),
        LogLine(effect + 573_000_000, "(internal) Entering MASTER STATE"),
        LogLine(effect + 9_000_000_000, "(external) Entering MASTER STATE"),
    )
    seen = told("outage", "no_stale_arp", {"lb-ext-2": lines}).seen
    (log,) = [each.shows for each in seen if (each.device, each.asks) == ("lb-ext-2", "keepalived's log")]
    assert log == f"{lines[0].text}\n{lines[1].text}"


def test_lines_are_read_with_their_instants(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run.json").write_text(
        json.dumps({"run": "r", "boot_id": "b", "wall_minus_mono_ns": 10**9, "schema": 2})
    )
    stamp = "1970-01-01T00:00:05.25Z"
    (tmp_path / "logs" / "lb-ext-1.log").write_bytes(
        f"{stamp} x keepalived: Thu Jan  1 00:00:05 1970: (external) Entering MASTER STATE\n"
        f"{stamp} x haproxy: other\nno date keepalived: torn\nZ x keepalived: (external) no date\n".encode()
        + b"\xff\xfe\n"
    )
    assert read_logs(tmp_path) == {"lb-ext-1": (LogLine(4_250_000_000, "(external) Entering MASTER STATE"),)}


@pytest.mark.parametrize("recording", ["outage", "full"])
def test_a_recording_without_logs_has_none(recording: str) -> None:
    assert read_logs(DATA / recording) == {}
