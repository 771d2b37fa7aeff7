"""What the rows of a timeline show, of a real outage and of labs of other shapes."""

import base64
import gzip
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from harness.history import History, store
from harness.model.events import AddressChanged, AgentStarted, NeighbourChanged, ServiceChanged, Unwired
from harness.model.requests import DTYPE, Outcome, Stream
from harness.report.page.lanes import packed
from harness.report.page.lanes.logs import read
from harness.report.page.lanes.requests import CLASSES, classes_of
from harness.report.page.lanes.routers import owners
from harness.report.page.lanes.row import Scene, first_addresses
from harness.report.page.pack import Blob
from harness.report.page.trial import told
from tests.histories import LB1, LB2, OWN, HistoryBuilder, ns
from tests.shapes import crossed, several_vips, three_nodes

DATA: Final = Path(__file__).parents[3] / "data"


@cache
def outage() -> list[dict[str, Any]]:
    return rows(store.load(DATA / "outage"))


def rows(history: History) -> list[dict[str, Any]]:
    """The rows of the first trial, with their arrays' numbers as they are."""
    recorded = told(history, None)[0].recorded
    assert recorded
    raw = gzip.decompress(base64.b64decode(packed(history, recorded, 0, [])))
    (head, _arrays) = msgspec.json.decode(raw[4 : 4 + int.from_bytes(raw[:4], "little")])
    return list(head["lanes"])


def group(found: list[dict[str, Any]], opening: str) -> list[dict[str, Any]]:
    return [row for row in found if row["group"].startswith(opening)]


def test_the_outage_has_all_that_explains_it() -> None:
    kinds = [row["kind"] for row in outage()]
    assert {"fault", "bars", "ticks", "requests", "line"} == set(kinds)
    assert [row["label"] for row in group(outage(), "10.77.0.100")] == ["lb-ext-1", "lb-ext-2", "both, or none"]


def test_a_fault_is_shown_as_asked_as_achieved_and_as_frames_say() -> None:
    (shorter, longer) = [item for row in outage() if row["kind"] == "fault" for item in row["items"]]
    assert shorter["asked"][1] - shorter["asked"][0] == 550_000
    assert longer["got"][1] - longer["got"][0] == pytest.approx(800_000, abs=1_000)
    assert longer["wire"][0] <= longer["got"][0] <= longer["wire"][1]


def test_an_entry_that_leads_to_a_node_without_the_vip_is_underlined_from_then_on() -> None:
    wrong = {row["label"]: row.get("wrong", []) for row in group(outage(), "the ARP entry")}
    assert wrong["gw-1"] == []
    assert wrong["gw-2"][0][0] == pytest.approx(571_000, abs=2_000)
    assert wrong["gw-2"][-1][1] > 10_000_000


def test_what_did_not_change_is_quiet_and_what_did_is_not() -> None:
    survived = rows(store.load(DATA / "survived"))
    assert all(row.get("quiet") for row in group(survived, "10.77.0.100"))
    assert not any(row.get("quiet") for row in group(outage(), "10.77.0.100"))


def test_while_an_eye_restarts_the_owner_is_not_recorded() -> None:
    story = HistoryBuilder().event(AgentStarted(ns(2.0), "eye", "boot", 0))
    for node in (LB1, LB2):
        story.event(AddressChanged(ns(2.5), node, OWN[node], "lan0", present=True))
    history = story.address(LB1, 2.5, present=True).build()
    recorded = told(history, None)[0].recorded
    assert recorded
    blob = KeptCodes()
    *_, row = owners(Scene(history, recorded, blob, first_addresses(history)))
    assert [row.states[code][0] for code in blob.kept[row.state]] == ["not recorded"]
    assert not row.quiet


class KeptCodes(Blob):
    """Codes by the number of their array."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, list[int]] = {}

    def codes(self, values: NDArray[Any]) -> int:
        number = super().codes(values)
        self.kept[number] = values.tolist()
        return number


def test_the_state_of_a_process_that_ended_is_not_shown_any_more() -> None:
    story = HistoryBuilder().event(ServiceChanged(ns(2.0), LB1, "keepalived", "down")).event(Unwired(ns(3.0), LB2))
    one, other = group(rows(story.build()), "VRRP state of external")
    assert [text for text, _ in one["states"]] == ["MASTER", "not running"]
    assert [text for text, _ in other["states"]] == ["BACKUP", "not known"]
    assert not one.get("quiet")


def test_each_vip_of_each_router_has_rows() -> None:
    several = {row["group"] for row in rows(HistoryBuilder(shape=several_vips()).build()) if row["kind"] == "bars"}
    topology = several_vips().topology
    assert {f"{vip.address} ({vip.router.name}) is at" for vip in topology.vips} <= several


def test_a_node_has_one_colour_in_every_row_also_of_three() -> None:
    found = rows(HistoryBuilder(shape=three_nodes()).build())
    colours = {row["node"]: row["states"][0][1] for row in found if row.get("node")}
    assert sorted(colours.values()) == ["a", "b", "c"]
    crossing = rows(HistoryBuilder(shape=crossed()).build())
    assert len({(row["node"], row["states"][0][1]) for row in crossing if row.get("node")}) == 2


def test_a_node_of_no_router_that_has_the_vip_gets_a_row() -> None:
    history = HistoryBuilder().address("gw-1", 1.0, present=True).build()
    (gateway, *_) = [row for row in group(rows(history), "10.77.0.100") if row["label"] == "gw-1"]
    assert not gateway.get("quiet")


def test_a_log_line_is_on_the_axis_by_the_wall_clock_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "lb.log").write_text(
        "2026-11-29T15:58:36.5Z 2026-11-29_15:58:36.25 keepalived: auth_pass s3cret\nno stamp\n"
        "2026-11-29T15:58:37.123456789Z wired\n2026-99-99T99:99:99.1Z no date\n"
    )
    (log,) = read(tmp_path, 1_795_967_916 * 10**9, iter(["lb", "missing"]))
    assert [(line.t, line.text) for line in log.lines] == [
        (250_000_000, "keepalived: auth_pass s3cret"),
        (1_123_456_789, "wired"),
    ]


def test_every_failure_has_a_class_that_is_not_good_also_one_of_a_newer_harness() -> None:
    arrivals = np.zeros(256, DTYPE)
    arrivals["outcome"] = np.arange(256)
    classes = classes_of(arrivals, Stream.probe)
    assert classes[Outcome.ok] == 0
    assert classes[1:].min() > 0
    named = {Outcome(n).name: CLASSES[classes[n]] for n in range(11)}
    assert named == {
        "ok": "good", "http_error": "wrong status", "refused": "cut off", "connect_timeout": "no answer",
        "unreachable": "no answer", "reset": "cut off", "eof": "cut off", "read_timeout": "no answer",
        "local": "our own side", "dropped": "our own side", "failed": "cut off",
    }  # fmt: skip


@pytest.mark.parametrize("stream, within_ms", [(Stream.probe, 150), (Stream.background, 1_000)])
def test_a_late_answer_is_slow_by_what_its_stream_may_take(stream: Stream, within_ms: int) -> None:
    arrivals = np.zeros(2, DTYPE)
    arrivals["done"] = [within_ms * 1_000_000, within_ms * 1_000_000 + 1]
    assert classes_of(arrivals, stream).tolist() == [0, 1]


def test_what_is_not_recorded_is_neither_none_nor_wrong() -> None:
    """Without a word of addresses no node is said to lack one; without an entry none is said to be missing."""
    history = HistoryBuilder().unseen(AddressChanged, NeighbourChanged).build()
    events = tuple(e for e in history.events if not isinstance(e, AddressChanged | NeighbourChanged))
    found = rows(History(history.topology, history.limits, events, history.requests))
    (both,) = [row for row in group(found, "10.77.0.100") if row["label"] == "both, or none"]
    assert not both.get("quiet")
    assert {tuple(row["states"][0]) for row in group(found, "the ARP entry")} == {("not recorded", "off")}
    assert not any(row.get("wrong") for row in found)


def test_an_entry_is_not_wrong_before_the_addresses_are_told() -> None:
    history = HistoryBuilder().build()
    events = tuple(e for e in history.events if not isinstance(e, AddressChanged))
    found = rows(History(history.topology, history.limits, events, history.requests))
    assert not any(row.get("wrong") for row in found)
