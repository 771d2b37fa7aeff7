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
from harness.model.topology import Topology
from harness.recovery import vantage_outcomes
from harness.report.page.lanes import packed
from harness.report.page.story import story
from harness.report.page.trial import told
from tests.histories import june_13, lab, ns

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
