"""Rules about what the nodes of a pair must have in common."""

import pytest

from harness.lint._pair import Member, routers
from tests.unit.lint.krules import CHECK, TRACK, both, findings, instance, line_of, node, pair_of, places

PASSWORD = "  authentication {{\n    auth_type PASS\n    auth_pass {}\n  }}"
VERSION_3 = "global_defs {\n  vrrp_version 3\n}\n"


def auth(password: str) -> str:
    return instance(PASSWORD.format(password))


@pytest.mark.parametrize("ours, theirs, count", [("onair-7g", "onair-7q", 1), ("onair-7gA", "onair-7gB", 0)])
def test_eight_characters_of_a_password_are_compared(ours: str, theirs: str, count: int) -> None:
    pair = both(auth(ours), auth(theirs))
    assert places("auth-mismatch", pair) == [f"b/keepalived.conf:{line_of(auth(theirs), 'auth_pass')}"] * count


def test_authentication_on_one_node_only() -> None:
    (found,) = findings("auth-mismatch", both(auth("12345678"), instance()))
    assert "authenticate by PASS and no authentication" in found.sentence
    assert "12345678" not in str(found)


def test_version_3_has_no_authentication() -> None:
    assert findings("auth-mismatch", both(VERSION_3 + auth("12345678"), VERSION_3 + auth("87654321"))) == []


def test_intervals_differ_under_version_2() -> None:
    text = instance("  advert_int 2")
    (found,) = findings("advert-interval-mismatch", both(instance(priority=150), text))
    assert (found.severity, found.line) == ("error", line_of(text, "advert_int"))
    assert "b sends adverts every 2 s, a every 1 s" in found.sentence


def test_intervals_differ_under_version_3() -> None:
    pair = both(VERSION_3 + instance(priority=150), VERSION_3 + instance("  advert_int 0.5"))
    assert [each.severity for each in findings("advert-interval-mismatch", pair)] == ["note"]


def test_the_same_interval_is_fine() -> None:
    assert findings("advert-interval-mismatch", both(instance("  advert_int 2"), instance("  advert_int 2"))) == []


def test_versions_differ() -> None:
    text = VERSION_3 + instance()
    pair = both(instance(priority=150), text)
    assert places("version-mismatch", pair) == ["b/keepalived.conf:2"]
    assert findings("advert-interval-mismatch", pair) == []
    assert findings("version-mismatch", both(text, text)) == []


def test_the_instances_own_version_is_pointed_at() -> None:
    text = instance("  version 3")
    assert places("version-mismatch", both(instance(priority=150), text)) == [
        f"b/keepalived.conf:{line_of(text, 'version 3')}"
    ]


def test_an_address_is_missing_on_one_node() -> None:
    pair = both(instance(vips="192.0.2.10 192.0.2.11", priority=150), instance(vips="192.0.2.10"))
    (found,) = findings("address-list-mismatch", pair)
    assert (found.file, found.line) == ("b/keepalived.conf", line_of(instance(), "virtual_ipaddress"))
    assert "b does not have 192.0.2.11, which a has" in found.sentence
    assert findings("one-instance-alone", pair) == []


def test_an_address_in_another_instance_of_the_node_is_not_missing() -> None:
    apart = instance(vips="192.0.2.10") + instance(name="other", vrid=18, vips="192.0.2.11")
    pair = both(instance(vips="192.0.2.10 192.0.2.11", priority=150), apart)
    assert findings("address-list-mismatch", pair) == []


def test_excluded_addresses_count() -> None:
    excluded = "  virtual_ipaddress_excluded {\n    192.0.2.12\n  }"
    (found,) = findings("address-list-mismatch", both(instance(excluded, priority=150), instance()))
    assert "192.0.2.12" in found.sentence


def test_the_same_addresses_in_another_order_are_fine() -> None:
    pair = both(instance(vips="192.0.2.10 192.0.2.11"), instance(vips="192.0.2.11 192.0.2.10"))
    assert findings("address-list-mismatch", pair) == []


def test_an_instance_that_one_node_has_alone() -> None:
    text = instance(priority=150) + instance(name="alone", vrid=18, vips="192.0.2.20")
    (found,) = findings("one-instance-alone", both(text, instance()))
    assert found.line == line_of(text, "vrrp_instance alone")
    assert "Only a has alone (virtual_router_id 18, 192.0.2.20); b has none of it." in found.sentence


def test_an_instance_that_two_of_three_nodes_have() -> None:
    assert (
        findings("one-instance-alone", pair_of(*(node(each, instance()) for each in "ab"), node("c", instance()))) == []
    )
    other = instance(vrid=20, vips="192.0.2.77")
    assert (
        len(findings("one-instance-alone", pair_of(*(node(each, instance()) for each in "ab"), node("c", other)))) == 1
    )


def far(priority: int, me: str, peer: str) -> str:
    """Of a pair in two networks of a cloud: no VIP, which a notify script moves by the cloud's API."""
    return instance(f"  unicast_src_ip {me}", f"  unicast_peer {{\n    {peer}\n  }}", priority=priority, vips="")


def test_unicast_peers_of_two_networks_are_one_virtual_router() -> None:
    texts = far(101, "192.0.2.1", "198.51.100.1"), far(100, "198.51.100.1", "192.0.2.1")
    one, other = node("a", texts[0], card="192.0.2.1/24"), node("b", texts[1], card="198.51.100.1/24")
    assert findings("one-instance-alone", pair_of(one, other)) == []
    stranger = node("b", far(100, "198.51.100.1", "203.0.113.1"), card="198.51.100.1/24")
    elsewhere = node("a", far(101, "192.0.2.1", "203.0.113.1"), card="192.0.2.1/24")
    (found, _) = findings("one-instance-alone", pair_of(elsewhere, stranger))
    assert "(virtual_router_id 17); b" in found.sentence


def test_of_a_node_that_does_not_run_another_rule_tells() -> None:
    pair = both(instance(), "global_defs {\n}\n")
    assert findings("one-instance-alone", pair) == []
    assert len(findings("keepalived-will-not-run", pair)) == 1


def unicast(own: str, *peers: str) -> str:
    listed = "".join(f"    {peer}\n" for peer in peers)
    return instance(f"  unicast_src_ip {own}\n  unicast_peer {{\n{listed}  }}")


def test_peers_that_name_each_other() -> None:
    assert (
        findings("unicast-peer-missing", both(unicast("192.0.2.1", "192.0.2.2"), unicast("192.0.2.2", "192.0.2.1")))
        == []
    )


def test_a_peer_that_is_no_address_of_the_other_node() -> None:
    text = unicast("192.0.2.1", "192.0.2.3")
    (found,) = findings("unicast-peer-missing", both(text, unicast("192.0.2.2", "192.0.2.1")))
    assert (found.file, found.line) == ("a/keepalived.conf", line_of(text, "unicast_peer"))
    assert "a has the peers 192.0.2.3, none of which is on b" in found.sentence


@pytest.mark.parametrize(
    "ours, theirs, weight, by_right",
    [
        (100, 101, 0, True),
        (101, 100, 0, False),
        (100, 100, 0, False),
        (100, 110, -20, False),
        (100, 130, -20, True),
    ],
)
def test_the_node_that_hears_nothing_is_above_the_other_by_right(
    ours: int, theirs: int, weight: int, *, by_right: bool
) -> None:
    """It preempts whenever it lives. A weighted check that fails there turns that round."""
    check = CHECK.replace("fall 2", f"fall 2\n  weight {weight}" if weight else "fall 2")
    peers = (
        "  unicast_src_ip 192.0.2.{}\n  unicast_peer {{\n    192.0.2.{}\n  }}".format(*each)
        for each in ((1, 3), (2, 1))
    )
    one, other = (
        check + instance(each, TRACK, priority=rank) for each, rank in zip(peers, (ours, theirs), strict=True)
    )
    (found,) = findings("unicast-peer-missing", both(one, other))
    assert (found.file, found.severity) == ("a/keepalived.conf", "error")
    assert ("does not learn" in found.sentence) is by_right


def test_the_same_unicast_file_on_both_nodes() -> None:
    text = unicast("192.0.2.1", "192.0.2.2")
    assert places("unicast-peer-missing", both(text, text)) == [f"b/keepalived.conf:{line_of(text, 'unicast_peer')}"]


def test_a_node_whose_addresses_are_not_known_is_not_judged() -> None:
    nameless = instance("  unicast_peer {\n    192.0.2.1\n  }")
    pair = pair_of(node("a", unicast("192.0.2.1", "192.0.2.2"), card="192.0.2.1/24"), node("b", nameless))
    assert findings("unicast-peer-missing", pair) == []


def test_unicast_on_one_node_and_multicast_on_the_other() -> None:
    (found,) = findings("unicast-peer-missing", both(unicast("192.0.2.1", "192.0.2.2"), instance()))
    assert "a uses unicast, b multicast" in found.sentence


def test_a_third_node_that_one_does_not_list() -> None:
    cards = {name: f"192.0.2.{number}/24" for number, name in enumerate("abc", 1)}
    texts = {
        "a": unicast("192.0.2.1", "192.0.2.2", "192.0.2.3"),
        "b": unicast("192.0.2.2", "192.0.2.1"),
        "c": unicast("192.0.2.3", "192.0.2.1", "192.0.2.2"),
    }
    pair = pair_of(*(node(name, text, card=cards[name]) for name, text in texts.items()))
    (found,) = findings("unicast-peer-missing", pair)
    assert "c hears no advert of b" in found.sentence


def dump(group: str) -> str:
    return f"------< VRRP Topology >------\n VRRP Instance = web\n   Multicast address {group}, ifindex 3\n"


def test_multicast_groups_differ() -> None:
    text = "global_defs {\n  vrrp_mcast_group4 224.0.0.19\n}\n" + instance()
    pair = pair_of(node("a", instance(priority=150), dump=dump("224.0.0.18")), node("b", text, dump=dump("224.0.0.19")))
    (found,) = findings("multicast-group-mismatch", pair)
    assert (found.file, found.line) == ("b/keepalived.conf", 2)
    assert "224.0.0.19, a to 224.0.0.18" in found.sentence


@pytest.mark.parametrize("other", [dump("224.0.0.18"), ""])
def test_the_same_group_or_none_that_is_known(other: str) -> None:
    pair = pair_of(node("a", instance(), dump=dump("224.0.0.18")), node("b", instance(), dump=other))
    assert findings("multicast-group-mismatch", pair) == []


def test_cards_of_different_networks() -> None:
    pair = pair_of(node("a", instance(priority=150), card="192.0.2.1/25"), node("b", instance(), card="192.0.2.129/25"))
    (found,) = findings("different-networks", pair)
    assert (found.file, found.line) == ("b/keepalived.conf", line_of(instance(), "interface"))
    assert "eth0 (192.0.2.129/25), a by eth0 (192.0.2.1/25)" in found.sentence


@pytest.mark.parametrize("card", ["192.0.2.2/24", "192.0.2.2/16", ""])
def test_cards_that_reach_each_other_or_are_not_known(card: str) -> None:
    pair = pair_of(node("a", instance(), card="192.0.2.1/24"), node("b", instance(), card=card))
    assert findings("different-networks", pair) == []


def test_unicast_crosses_networks() -> None:
    pair = pair_of(
        node("a", unicast("192.0.2.1", "198.51.100.2"), card="192.0.2.1/24"),
        node("b", unicast("198.51.100.2", "192.0.2.1"), card="198.51.100.2/24"),
    )
    assert findings("different-networks", pair) == []
    assert findings("unicast-peer-missing", pair) == []


def test_a_vrid_of_ipv4_and_the_same_of_ipv6_are_two_virtual_routers() -> None:
    text = CHECK + instance(TRACK) + instance(TRACK, name="six", vips="2001:db8::10")
    (ours, theirs) = both(text, text).nodes
    members = [Member(each, told) for each in (ours, theirs) for told in each.running.instances]
    assert [router.name for router in routers(members)] == ["web", "six"]


def test_vrids_differ() -> None:
    text = instance(vrid=14)
    assert places("vrid-mismatch", both(instance(vrid=41, priority=150), text)) == [
        f"b/keepalived.conf:{line_of(text, 'virtual_router_id')}"
    ]


def test_two_instances_that_have_exchanged_their_vrids_on_one_node() -> None:
    """Those of one node differ by right; each is compared with the one of the other node that has its address."""
    texts = [
        instance(vrid=vrids[0], name="web", priority=priority)
        + instance(vrid=vrids[1], name="api", priority=priority, vips="192.0.2.11/24")
        for vrids, priority in (((17, 18), 110), ((18, 17), 100))
    ]
    found = findings("vrid-mismatch", both(*texts))
    assert [each.sentence.partition(":")[0] for each in found] == [
        "b has virtual_router_id 18, a has 17",
        "b has virtual_router_id 17, a has 18",
    ]
