"""vip-is-own-address."""

import pytest
from msgspec.structs import replace

from tests.unit.lint.krules import findings, instance, line_of, node, pair_of

RULE = "vip-is-own-address"


def of(vips: str, *cards: str, priority: int = 100) -> list[tuple[str, str, int]]:
    text = instance(vips=vips, priority=priority)
    one, other = (node(name, text, card=f"192.0.2.{n}/24") for n, name in enumerate(("a", "b"), 1))
    if cards:
        other = other._replace(site=replace(other.site, cards={"eth0": cards}))
    return [(each.severity, each.file, each.line) for each in findings(RULE, pair_of(one, other))]


def test_the_address_of_another_node() -> None:
    line = line_of(instance(vips="192.0.2.2/24"), "192.0.2.2/24")
    assert of("192.0.2.2/24") == [("error", "a/keepalived.conf", line)]


def test_an_address_that_no_machine_has() -> None:
    assert of("192.0.2.10/24") == []


def test_the_address_owner_has_it_by_right() -> None:
    assert of("192.0.2.2/24", priority=255) == []


@pytest.mark.parametrize(
    "vip, cards",
    [
        ("203.0.113.5/32", ("192.0.2.2/24", "203.0.113.5/32")),
        ("203.0.113.5/24", ("192.0.2.2/24", "203.0.113.5/24")),
        ("203.0.113.5/32", ("203.0.113.5/32",)),
        ("2001:db8::10/128", ("192.0.2.2/24", "2001:DB8::10/128")),
    ],
)
def test_an_address_that_may_be_the_vip_itself(vip: str, cards: tuple[str, ...]) -> None:
    assert [severity for severity, *_ in of(vip, *cards)] == ["warning"]


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert [severity for severity, *_ in of("2001:db8::10/64", "2001:DB8:0::10/64")] == ["error"]


def test_a_vip_that_the_node_held_when_its_addresses_were_collected() -> None:
    found = of("192.0.2.10/24", "192.0.2.2/24", "192.0.2.10/24")
    assert [severity for severity, *_ in found] == ["warning"]
