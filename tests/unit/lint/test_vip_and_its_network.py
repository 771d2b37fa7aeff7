"""vip-is-broadcast and vip-prefix-too-short."""

import pytest

from tests.unit.lint.krules import findings, instance, line_of, node, pair_of


def of(rule: str, vip: str, card: str, more: str = "") -> list[tuple[str, int]]:
    text = instance(more, vips=vip)
    nodes = (node(name, text, card=card.format(n)) for n, name in enumerate(("a", "b"), 1))
    found = findings(rule, pair_of(*nodes))
    assert all(each.line == line_of(text, vip.partition("/")[0]) for each in found)
    return [(each.severity, each.line) for each in found]


@pytest.mark.parametrize(
    "vip, card, severities",
    [
        ("192.0.2.63/26", "192.0.2.{}/26", ["error", "error"]),
        ("192.0.2.63", "192.0.2.{}/26", ["warning", "warning"]),
        ("192.0.2.255/16", "192.0.2.{}/24", ["warning", "warning"]),
        ("192.0.2.255/24", "192.0.2.{}/24", ["error", "error"]),
        ("192.0.2.0/24", "192.0.2.{}/24", ["warning", "warning"]),
        ("192.0.2.63/24", "192.0.2.{}/24", []),
        ("192.0.2.127/25", "192.0.2.{}/24", []),  # the neighbours go by the card's
        ("192.0.2.3/31", "192.0.2.{}/31", []),
        ("198.51.100.255/24", "192.0.2.{}/24", []),
        ("2001:db8::/64", "2001:db8::{}/64", []),
    ],
)
def test_the_last_address_of_a_network(vip: str, card: str, severities: list[str]) -> None:
    assert [severity for severity, _ in of("vip-is-broadcast", vip, card)] == severities


@pytest.mark.parametrize("vip", ["192.0.2.10/2", "192.0.2.10/23", "192.0.2.10/16"])
def test_a_network_that_is_larger_than_the_card_s(vip: str) -> None:
    assert [severity for severity, _ in of("vip-prefix-too-short", vip, "192.0.2.{}/24")] == ["warning", "warning"]


@pytest.mark.parametrize(
    "vip, card",
    [
        ("192.0.2.10", "192.0.2.{}/24"),
        ("192.0.2.10/24", "192.0.2.{}/24"),
        ("192.0.2.10/32", "192.0.2.{}/24"),
        ("192.0.2.10/25", "192.0.2.{}/24"),
        ("198.51.100.1/8", "192.0.2.{}/24"),  # it brings a network of its own
        ("192.0.2.10/24", "192.0.2.{}/32"),  # of a cloud: the card has no network
        ("2001:db8::10/64", "2001:db8::{}/64"),
    ],
)
def test_a_network_that_is_not(vip: str, card: str) -> None:
    assert of("vip-prefix-too-short", vip, card) == []
