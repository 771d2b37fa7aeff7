"""Who forwards for which host, from the events of a history; and how checks and report say it."""

import base64
import gzip
from dataclasses import replace as replaced
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from harness import checks
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import AgentStarted, AnyEvent, LinkChanged, NeighbourChanged, Unwired
from harness.model.glbp import GlbpGateway, GlbpGroup
from harness.model.node import Route
from harness.model.ops import FlushNeighbours
from harness.model.outcome import PhasesOutcome
from harness.model.topology import Topology
from harness.recovery import vantage_outcomes
from harness.report.page.lanes import packed
from harness.report.page.story import story
from harness.report.page.trial import told
from tests.histories import HistoryBuilder, june_13, lab, ns

GATEWAY = "10.88.1.254"
GROUP = GlbpGroup("shared", "customers-1", 1, GATEWAY, {"gw-1": GlbpGateway(150), "gw-2": GlbpGateway()})
HOSTS = ("customer-1", "customer-2")


def topology() -> Topology:
    """The first two customers behind both gateways. By the topology customer-1's cache is gw-1, customer-2's gw-2."""
    usual = lab()
    behind = {node: replace(usual.nodes[node], routes=(Route("10.77.0.0/24", GATEWAY),)) for node in HOSTS}
    return replace(usual, nodes=usual.nodes | behind, glbp={"shared": GROUP})


def forwards(t: float, gateway: str, number: int, *, up: bool = True) -> LinkChanged:
    return LinkChanged(ns(t), gateway, GROUP.device(number), up, up)


def has(t: float, host: str, number: int | None) -> NeighbourChanged:
    return NeighbourChanged(ns(t), host, GATEWAY, GROUP.vmac(number) if number else None, 2)


STEADY = (forwards(-1.9, "gw-1", 1), forwards(-1.9, "gw-2", 2), has(-1.9, HOSTS[0], 1), has(-1.9, HOSTS[1], 2))


def judged(*beside: AnyEvent) -> tuple[History, Step]:
    history, _ = june_13().judged()
    events = sorted((*history.events, *STEADY, *beside), key=lambda event: event.t)
    changed = replaced(history, topology=topology(), events=tuple(events))
    return changed, changed.step(0, "blip")


def test_each_host_has_the_cache_of_the_gateway_that_forwards_for_it() -> None:
    """gw-1 takes over at 5 s; the host that kept its entry is behind the other cache from then on."""
    history, _ = judged(forwards(4.0, "gw-2", 2, up=False), forwards(5.0, "gw-1", 2))
    tables = history.tables
    assert [tables.cache_name(host, ns(3)) for host in HOSTS] == ["gw-1", "gw-2"]
    assert tables.forwarders.gateway_of("customer-2", ns(4.5)) is None
    assert tables.cache_name("customer-2", ns(4.5)) is None, "no gateway: none of the caches decides"
    assert tables.cache_at("customer-2", ns(4.5)) is None
    assert [cache.device for host in HOSTS if (cache := tables.cache_at(host, ns(6)))] == ["gw-1", "gw-1"]
    assert tables.cache_name("customer-3", ns(6)) == "customer-3", "it has no GLBP group"
    assert tables.forwarders.changes(GROUP, 2, Interval(ns(3), ns(7))) == [
        (ns(3), ("gw-2",)), (ns(4), ()), (ns(5), ("gw-1",)),
    ]  # fmt: skip


def test_two_gateways_at_once_are_not_one_answer() -> None:
    history, _ = judged(forwards(5.0, "gw-1", 2))
    assert history.tables.forwarders.gateways(GROUP, 2, ns(6)) == ["gw-1", "gw-2"]
    assert history.tables.forwarders.gateway_of("customer-2", ns(6)) is None


def test_a_gateway_that_no_vantage_point_names_has_a_cache_too() -> None:
    """With round-robin balancing a lab file cannot know which gateway serves a host: gw-2's stale cache is found."""
    shape = topology()
    named = {name: replace(each, cache="gw-1") for name, each in shape.vantages.items() if name in HOSTS}
    alone = replace(shape, vantages=named)
    assert {name: cache.asked for name, cache in alone.caches.items()} == {"gw-1": True, "gw-2": False}
    history, step = judged()
    found = checks.no_stale_arp(replaced(history, topology=alone), step)
    assert "The ARP entry of gw-2 led to lb-ext-2" in found.sentence
    assert "Hosts of gw-2: customer-2." in found.sentence
    assert replaced(history, topology=alone).tables.cache_name("customer-2", ns(3)) == "gw-2"


def test_a_host_without_an_entry_is_pinned_to_none() -> None:
    history, _ = judged(has(5.0, "customer-2", None))
    assert history.tables.forwarders.pinned("customer-2", ns(4)) == (GROUP, 2)
    assert history.tables.forwarders.pinned("customer-2", ns(6)) is None


@pytest.mark.parametrize(
    "event, pinned",
    [
        (has(5.0, "customer-2", 1), 1),
        (NeighbourChanged(ns(5), "customer-2", "10.88.2.254", GROUP.vmac(1), 2), 2),  # an entry for another address
        (NeighbourChanged(ns(5), "customer-3", GATEWAY, GROUP.vmac(1), 2), 2),  # of another host
        (NeighbourChanged(ns(5), "customer-2", GATEWAY, "02:77:00:00:00:0b", 2), None),  # of no forwarder
        (Unwired(ns(5), "customer-2"), None),
        (AgentStarted(ns(5), "eye", "", 0), None),
        (AgentStarted(ns(5), "hand", "", 0), 2),
        (Unwired(ns(5), "customer-1"), 2),
    ],
)
def test_a_host_sends_to_the_forwarder_of_its_own_entry_for_its_gateway(event: AnyEvent, pinned: int | None) -> None:
    history, _ = judged(event)
    assert history.tables.forwarders.pinned("customer-2", ns(6)) == ((GROUP, pinned) if pinned else None)
    assert history.tables.forwarders.pinned("customer-3", ns(6)) is None


def test_a_group_has_four_forwarders() -> None:
    """Of a gateway's devices no other is one of the group."""
    history, _ = judged(*(forwards(1.0, "gw-1", number) for number in (3, 4, 5)), forwards(1.0, "gw-1", 0))
    assert history.tables.forwarders.seen(GROUP) == [1, 2, 3, 4]
    assert judged()[0].tables.forwarders.seen(GROUP) == [1, 2]


def test_changes_of_a_window_are_those_inside_it() -> None:
    history, _ = judged(forwards(4.0, "gw-2", 2, up=False), forwards(5.0, "gw-1", 2))
    changes = history.tables.forwarders.changes
    assert changes(GROUP, 2, Interval(ns(3), ns(5))) == [(ns(3), ("gw-2",)), (ns(4), ())]
    assert changes(GROUP, 2, Interval(ns(4), ns(5))) == [(ns(4), ())]
    assert changes(GROUP, 1, Interval(ns(3), ns(7))) == [(ns(3), ("gw-1",))]


@pytest.mark.parametrize("end", [Unwired(ns(5), "gw-2"), AgentStarted(ns(5), "eye", "", 0)])
def test_a_gateway_that_is_gone_or_not_seen_forwards_for_none(end: AnyEvent) -> None:
    history, _ = judged(end)
    assert history.tables.forwarders.gateways(GROUP, 2, ns(4.9)) == ["gw-2"]
    assert history.tables.forwarders.gateways(GROUP, 2, ns(5.1)) == []


def test_what_is_not_told_is_not_none() -> None:
    """Before the eye has told of each gateway, and while it restarts; one that has ended is known to have none."""
    history, _ = judged(Unwired(ns(4), "gw-2"), AgentStarted(ns(5), "eye", "", 0), forwards(6, "gw-1", 1))
    told = history.tables.forwarders.changes(GROUP, 2, Interval(ns(-1.95), ns(8)))
    assert told == [(ns(-1.95), None), (ns(-1.9), ("gw-2",)), (ns(4), ()), (ns(5), None), (ns(6), ())]


@pytest.mark.parametrize("end", [5.5, 10.0])
def test_the_outage_of_a_host_without_a_gateway_has_no_cache_that_converged(end: float) -> None:
    """It is not known which cache decided. Where the VIP moved, that is told all the same."""
    gone = (forwards(4.0, "gw-2", 2, up=False), forwards(end - 0.1, "gw-1", 2))

    def phases_of(story: HistoryBuilder) -> PhasesOutcome | None:
        history, _ = story.op(FlushNeighbours("gw-1"), 5.0).dark(5.0, end, "customer-2").judged()
        events = sorted((*history.events, *STEADY, *gone), key=lambda event: event.t)
        changed = replaced(history, topology=topology(), events=tuple(events))
        (outage,) = vantage_outcomes(changed, changed.step(0, "blip"))["customer-2"].outages
        return outage.phases

    assert phases_of(HistoryBuilder()) is None
    moved = HistoryBuilder().gives_up("lb-ext-1", 5.0).takes("lb-ext-2", 5.2).served_by("lb-ext-2", 5.0, 10.0)
    found = phases_of(moved)
    assert found is not None
    assert (found.detection_s, found.announcement_s, found.convergence_s) == (0.2, 0.002, None)


def test_a_lab_without_glbp_has_nothing_of_it() -> None:
    history, _ = june_13().judged()
    assert history.tables.forwarders.pinned("customer-2", ns(1)) is None
    assert history.tables.cache_at("customer-2", ns(1)) == history.tables.cache_of("customer-2")


def test_a_stale_cache_names_its_hosts_and_no_other() -> None:
    """One right answer for each cache: gw-1's is right, and its host is served."""
    history, step = judged()
    finding = checks.no_stale_arp(history, step)
    assert "The ARP entries of gw-2 and customer-3 led to lb-ext-2" in finding.sentence
    assert finding.sentence.endswith("Hosts of gw-2: customer-2.")
    assert vantage_outcomes(history, step)["customer-1"].served
    assert not vantage_outcomes(history, step)["customer-2"].served
    both, step = judged(has(-1.0, "customer-1", 2))
    assert "Hosts of gw-2: customer-1 and customer-2." in checks.no_stale_arp(both, step).sentence


def test_without_glbp_no_host_is_named() -> None:
    assert "Hosts of" not in checks.no_stale_arp(*june_13().judged()).sentence


def test_the_report_has_a_row_for_each_forwarder() -> None:
    history, _ = judged(forwards(4.0, "gw-2", 2, up=False), forwards(5.0, "gw-1", 2))
    rows = [row for row in _rows(history) if row["group"].startswith("GLBP")]
    assert [row["label"] for row in rows] == ["shared.1 customer-1", "shared.2 customer-2"]
    assert rows[0]["group"] == "GLBP: hosts of 00:07:b4:00:01:01 are forwarded by"
    assert not rows[0]["wrong"]
    assert [text for text, _ in rows[1]["states"]] == ["not recorded", "→ gw-2", "→ no gateway", "→ gw-1"]
    ((begin, end),) = rows[1]["wrong"]
    assert end - begin == 1_000_000, "what is not recorded is not wrong"


def _rows(history: History) -> list[dict[str, Any]]:
    recorded = told(history, None)[0].recorded
    assert recorded
    raw = gzip.decompress(base64.b64decode(packed(history, recorded, 0, [])))
    (head, _) = msgspec.json.decode(raw[4 : 4 + int.from_bytes(raw[:4], "little")])
    return list(head["lanes"])


def test_the_story_tells_a_takeover() -> None:
    history, _ = judged(forwards(4.0, "gw-2", 2, up=False), forwards(5.0, "gw-1", 2))
    recorded = told(history, None)[0].recorded
    assert recorded
    said = [each.text for each in story(history, recorded, ()).begin if "forwards for" in each.text]
    assert said[-2:] == [
        "no gateway forwards for 00:07:b4:00:01:02, forwarder 2 of shared",
        "gw-1 forwards for 00:07:b4:00:01:02, forwarder 2 of shared",
    ]
