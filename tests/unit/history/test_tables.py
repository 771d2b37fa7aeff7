"""What nodes and switches knew: whose cache is whose, at which instants it may change, what a dead node forgets."""

from harness.history.tables import Tables
from harness.history.timeline import Interval
from harness.model.events import AddressChanged, AgentStarted, AnyEvent, NeighbourChanged, Unwired
from tests.histories import LB1, LB2, OWN, VIP, HistoryBuilder, lab, ns
from tests.shapes import SECOND_VIP, several_vips


def test_the_caches_of_a_vip_are_those_that_may_have_an_entry_for_it() -> None:
    """A cache is named after the VIP that its vantage point asks for, another one by both."""
    tables = Tables(several_vips().topology, ())
    vips = tables.topology.virtual_router().owned
    assert [list(tables.caches_of(vip)) for vip in vips] == [
        ["gw-1", "gw-2", f"customer-3 {VIP}"],
        ["customer-3", f"gw-1 {SECOND_VIP}", f"gw-2 {SECOND_VIP}"],
        ["customer-4"],
    ]


def test_changes_at_the_windows_own_bounds_are_no_changes_inside() -> None:
    """What changes at its begin is what is there at its begin; what changes at its end is not yet so inside."""
    story = HistoryBuilder().caches(1.0, gw_1=LB2).caches(2.0, gw_1=None).caches(3.0, gw_1=LB1)
    tables = story.build().tables
    cache = tables.caches["gw-1"]
    assert tables.arp_instants(cache, Interval(ns(1.0), ns(3.0))) == [ns(1.0), ns(2.0)]


def test_a_node_that_dies_forgets_what_it_knew_and_no_other_does() -> None:
    story = HistoryBuilder().takes(LB2, 0.5).event(NeighbourChanged(ns(0.6), LB2, VIP, "02:77:00:00:00:01", 2))
    tables = story.event(Unwired(ns(1.0), LB2)).build().tables
    vip = tables.topology.virtual_router("external").first
    assert tables.owners_at(vip, ns(1.0)) == [LB1]
    assert tables.neighbours.at((LB2, VIP), ns(1.0)) is None
    assert tables.mac(tables.caches["gw-1"], ns(1.0)) == story.mac(LB1)


def test_what_an_eye_has_not_told_of_a_node_is_not_known() -> None:
    """Addresses and ARP entries, also after a restart. Of a node that ended it is known that it has none."""
    mac = "02:77:00:00:00:01"
    events: list[AnyEvent] = [
        NeighbourChanged(5, "gw-1", VIP, mac, 2),
        AddressChanged(7, "gw-2", "10.77.0.12", "lan0", present=True),
        AddressChanged(7, LB1, OWN[LB1], "lan0", present=True),
        Unwired(11, "gw-2"),
        AgentStarted(12, "hand", "boot", 0),
        AgentStarted(13, "eye", "boot", 0),
        NeighbourChanged(15, "gw-1", VIP, mac, 2),
        AddressChanged(16, "gw-2", "10.77.0.12", "lan0", present=True),
        AddressChanged(16, LB1, OWN[LB1], "lan0", present=True),
        AgentStarted(18, "eye", "boot", 0),
    ]
    tables, within = Tables(lab(), events), Interval(0, 20)
    entries = {name: tables.untold_entries(tables.caches[name], within) for name in ("gw-1", "gw-2")}
    assert entries == {"gw-1": [(0, 5), (13, 15), (18, 20)], "gw-2": [(0, 7), (18, 20)]}
    assert tables.untold([LB1], within) == [(0, 7), (13, 16), (18, 20)]
    assert tables.untold(["gw-2"], within) == [(0, 7), (18, 20)]
    assert tables.untold([LB1, "gw-2"], Interval(6, 16)) == [(6, 7), (13, 16)]
    assert tables.untold(["gw-1"], Interval(6, 16)) == [(6, 16)], "an ARP entry tells nothing of its addresses"
    assert [tables.mac(tables.caches["gw-1"], t) for t in (4, 5, 12, 13, 15)] == [None, mac, mac, None, mac]
