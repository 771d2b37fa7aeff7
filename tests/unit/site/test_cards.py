"""The cards that a keepalived.conf names: they are made for the examination, and said if pair.toml lists others."""

import pytest

from harness.lint import Pair
from harness.lint._pair import PairNode
from harness.lint.card_not_listed import card_not_listed
from harness.model.keepalived import parse_blocks
from harness.model.running_keepalived import RunningKeepalived
from harness.site.cards import document, missing_cards, named_cards
from harness.site.examined import Answer, Examined
from harness.site.haproxy import Haproxy
from harness.site.site import KEEPALIVED, Site, SiteFile, SiteNode

TEXT = """\
global_defs {
    default_interface eth7
}
static_routes {
    192.0.2.0/24 via 198.51.100.1 dev eth6
}
vrrp_instance V {
    interface eth0
    use_vmac own51
    track_interface {
        eth1 weight 10
        eth2
    }
    virtual_ipaddress {
        192.0.2.10/24 dev eth3 label eth3:1
        192.0.2.11/24 dev own51
    }
    virtual_ipaddress_excluded { 192.0.2.12 dev eth0.30 }
    virtual_routes {
        198.51.100.0/24 dev eth5
    }
}
"""


def node(text: str, **cards: str) -> SiteNode:
    files = (SiteFile("lb1.conf", KEEPALIVED, text.encode(), 0o644),)
    return SiteNode("lb1", files, {card: (address,) for card, address in cards.items()}, "lb1")


def found(text: str, **cards: str) -> list[tuple[str, str, int]]:
    """(severity, card, line) of what the rule finds."""
    quiet = Answer(0, "")
    site = node(text, **cards)
    member = PairNode(
        site, Examined(quiet, quiet, "", quiet, quiet), RunningKeepalived(), True, document(site), (), Haproxy(())
    )
    return [
        (each.severity, next(word for word in each.sentence.split() if word.startswith("eth")).rstrip(",:"), each.line)
        for each in card_not_listed(Pair(Site({"lb1": site}), (member,), ()))
    ]


def test_all_that_are_named_but_those_that_keepalived_makes() -> None:
    cards = named_cards(parse_blocks(TEXT))
    assert {card: line.line for card, line in cards.items()} == {
        "eth7": 2,
        "eth6": 5,
        "eth0": 8,
        "eth1": 11,
        "eth2": 12,
        "eth3": 15,
        "eth0.30": 18,
        "eth5": 20,
    }


def test_a_vmac_without_a_name_is_none() -> None:
    text = TEXT.replace("use_vmac own51", "virtual_router_id 51\n    use_vmac").replace("own51", "vrrp.51")
    assert "vrrp.51" not in named_cards(parse_blocks(text))


@pytest.mark.parametrize("name", ["lo", "-batch", "a/b", "eth%d", "$CARD", "a234567890123456", "x'y", "x#y"])
def test_what_is_no_cards_name_is_not_made(name: str) -> None:
    quoted = f'vrrp_instance V {{\n    interface "{name}"\n}}\n'
    assert named_cards(parse_blocks(quoted)) == {}


def test_what_pair_toml_lists_is_not_missing() -> None:
    assert list(missing_cards(node("vrrp_instance V {\n    interface eth0\n}\n", eth0="192.0.2.1/24"))) == []
    assert missing_cards(node("vrrp_instance V {\n")) == {}


def test_a_node_without_any_listed_card_has_notes() -> None:
    assert {severity for severity, _, _ in found(TEXT)} == {"note"}


def test_a_card_that_the_node_does_not_have_is_an_error_where_the_instance_needs_it() -> None:
    assert found(
        "vrrp_instance V {\n    interface eth0\n    track_interface {\n        eth9\n    }\n}\n", eth1="192.0.2.1/24"
    ) == [
        ("error", "eth0", 2),
        ("warning", "eth9", 4),
    ]
