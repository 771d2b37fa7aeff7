"""The causes of a stale cache, told apart at each cache by the frames at its port and by its own events."""

import msgspec
import pytest

from harness import checks
from harness.model.events import ArpSeen
from harness.model.ops import DropGarp, FlushNeighbours, LinkDown
from harness.model.units import ms
from tests.histories import CACHES, LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, ns

NEVER, LOST, IGNORED = "never sent", "sent but not delivered", "delivered but not accepted"


def arrives(story: HistoryBuilder, node: str, t: float, *caches: str) -> HistoryBuilder:
    """The node's gratuitous ARP leaves the switches by these caches' ports."""
    mac = story.mac(node)
    for cache in caches:
        story.event(ArpSeen(ns(t), f"{cache}.external", False, mac, "ff:ff:ff:ff:ff:ff", 1, mac, VIP, VIP))
    return story


def takeover() -> HistoryBuilder:
    """lb-ext-1 is away for good, lb-ext-2 announces itself at 0.362. No cache has followed yet."""
    return HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.006).takes(LB2, 0.36)


def causes(story: HistoryBuilder) -> dict[str, checks.Cause]:
    return checks.stale_because(*story.judged())


def test_nothing_stale_has_no_cause() -> None:
    assert causes(HistoryBuilder()) == {}
    assert causes(carrier_loss()) == {}


def test_june_13_was_never_sent() -> None:
    """lb-ext-1 sent none since lb-ext-2 gave up; lb-ext-2's announcements say nothing of lb-ext-1."""
    story = arrives(june_13(), LB2, 0.363, "gw-2", "customer-3")
    assert causes(story) == {"gw-2": NEVER, "customer-3": NEVER}
    assert "Gratuitous ARP for gw-2 and customer-3: never sent." in checks.no_stale_arp(*story.judged()).sentence


def test_each_cache_has_its_own_cause() -> None:
    story = arrives(takeover(), LB2, 0.363, "gw-1", "customer-3").caches(0.364, gw_1=LB2)
    story.op(DropGarp("gw-2.external", "egress", VIP), 0.0, 2.0)
    assert causes(story) == {"gw-2": LOST, "customer-3": IGNORED}
    sentence = checks.no_stale_arp(*story.judged()).sentence
    assert "Gratuitous ARP for gw-2: sent but not delivered; for customer-3: delivered but not accepted." in sentence


@pytest.mark.parametrize("t, cause", [(0.5, NEVER), (0.61, IGNORED)])
def test_what_was_sent_during_the_rivalry_does_not_count(t: float, cause: str) -> None:
    """lb-ext-1 spoke before lb-ext-2 gave up (0.6), while both could be believed; or as it did."""
    story = arrives(june_13().announces(LB1, t - 0.001), LB1, t, "gw-2", "customer-3")
    assert causes(story) == {"gw-2": cause, "customer-3": cause}


def test_failback_is_announced_before_the_rival_gives_up() -> None:
    """The preferred node speaks at 1.162; the other gives up at 1.18, as the eye read it."""
    story = takeover().op(LinkDown(f"{LB1}.external"), 0.0, 0.8).caches(0.363, gw_1=LB2, gw_2=LB2, customer_3=LB2)
    story = arrives(story.takes(LB1, 1.16).gives_up(LB2, 1.18), LB1, 1.163, "gw-1").caches(1.164, gw_1=LB1)
    assert causes(story) == {"gw-2": LOST, "customer-3": LOST}


def test_overwritten_by_the_rival() -> None:
    """Both announce themselves at nearly the same time; the one that gives up does so last."""
    story = arrives(june_13().announces(LB1, 0.59), LB1, 0.591, "gw-2").caches(0.592, gw_2=LB1).caches(0.595, gw_2=LB2)
    assert causes(story)["gw-2"] == "accepted, then overwritten"


def test_right_entry_on_a_wrong_port() -> None:
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).learns(2.0, "sw-b", LB1, "lb-ext-2.external")
    assert causes(story) == dict.fromkeys(("gw-2", "customer-3"), "accepted, but frames go astray")


def test_inward_is_not_delivered() -> None:
    """Only what leaves by the cache's port reaches it; what is seen elsewhere, or for another address, does not."""
    story = takeover()
    mac = story.mac(LB2)
    for inward, ip in ((True, VIP), (False, "10.77.0.2")):
        story.event(ArpSeen(ns(0.363), "gw-1.external", inward, mac, "ff:ff:ff:ff:ff:ff", 1, mac, ip, ip))
    assert causes(story) == dict.fromkeys(CACHES, LOST)


def test_takeover_without_a_word() -> None:
    """What the owner sent when it owned the VIP before does not count."""
    story = HistoryBuilder().announces(LB2, -1.5).op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.006)
    assert causes(story.takes(LB2, 0.36, announces=False)) == dict.fromkeys(CACHES, NEVER)


@pytest.mark.parametrize("lag_ms", [0, 20])
@pytest.mark.parametrize("earlier_ns, cause", [(0, LOST), (1, NEVER)])
def test_an_announcement_may_be_100_ms_older_than_the_rivals_end(lag_ms: int, earlier_ns: int, cause: str) -> None:
    """A rival that receives the preferred node's advert gives up within 0.1 s; the eye may read that late."""
    story = june_13().announces(LB1, 0.6 - 0.1 - lag_ms / 1_000 - earlier_ns * 1e-9)
    story.lag_ns = lag_ms * ms
    assert causes(story) == {"gw-2": cause, "customer-3": cause}


def test_the_owners_first_word_is_what_is_looked_for() -> None:
    """Its second one, with another MAC address, arrives; the first never did, or did before."""
    story = takeover()
    other = "02:77:00:00:00:99"
    story.event(ArpSeen(ns(0.4), f"{LB2}.external", True, other, "ff:ff:ff:ff:ff:ff", 1, other, VIP, VIP))
    assert causes(arrives(story, LB2, 0.41, "gw-1")) == {"gw-1": IGNORED, "gw-2": LOST, "customer-3": LOST}


@pytest.mark.parametrize(
    "changed",
    [
        {"port": "gw-2.external"},
        {"inward": True},
        {"sender_ip": "10.77.0.2", "target_ip": "10.77.0.2"},
        {"sender_mac": "02:77:00:00:00:99"},
        {"target_ip": "10.77.0.11"},  # an answer to another node
    ],
    ids=str,
)
def test_what_is_no_announcement_at_the_caches_port(changed: dict[str, object]) -> None:
    story = takeover()
    mac = story.mac(LB2)
    right = ArpSeen(ns(0.363), "gw-1.external", False, mac, "ff:ff:ff:ff:ff:ff", 1, mac, VIP, VIP)
    assert causes(takeover().event(right))["gw-1"] == IGNORED
    assert causes(takeover().event(msgspec.structs.replace(right, **changed)))["gw-1"] == LOST


@pytest.mark.parametrize("accepted, cause", [(0.363, "accepted, then overwritten"), (0.362, IGNORED)])
def test_what_was_accepted_came_with_the_frame(accepted: float, cause: str) -> None:
    """At the same instant at the earliest. What the cache had before is no answer to it."""
    story = arrives(takeover(), LB2, 0.363, "gw-1").caches(accepted, gw_1=LB2).caches(0.3625, gw_1=LB1)
    assert causes(story.caches(0.4, gw_1=LB1))["gw-1"] == cause


def test_an_old_word_of_a_node_that_has_the_vip_again() -> None:
    """It took the VIP twice: what it sent the first time does not announce the second."""
    story = arrives(HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).gives_up(LB1, 1.0).takes(LB2, 1.2), LB2, 1.203)
    story.caches(1.21, gw_1=LB2, gw_2=LB2, customer_3=LB2).gives_up(LB2, 3.0).takes(LB1, 3.2)
    story.caches(3.21, gw_1=LB1, gw_2=LB1, customer_3=LB1).gives_up(LB1, 5.0).takes(LB2, 5.2, announces=False)
    assert causes(story) == dict.fromkeys(CACHES, NEVER)


def test_an_empty_cache_is_not_stale() -> None:
    """Its device asks for one. Nor is an entry stale that reaches the owner."""
    assert causes(takeover().caches(0.5, gw_1=None, gw_2=LB2).caches(0.6, customer_3=None)) == {}
