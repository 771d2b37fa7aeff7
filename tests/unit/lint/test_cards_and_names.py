"""vip-on-other-card and conditions-of-no-node."""

import pytest

from harness.lint import Pair
from tests.lint_pairs import SITES, conf, found, recorded, two
from tests.unit.lint.krules import both, findings, instance

CARDS = {"eth1": "198.51.100.{}/24"}


def of(vip: str, **cards: str) -> list[tuple[str, str]]:
    return found("vip-on-other-card", two(confs=(conf(101, vips=(vip,)), conf(100)), cards={**CARDS, **cards}))


def test_an_address_of_the_other_card_s_subnet() -> None:
    assert of("198.51.100.9/24") == [("error", "lb1/keepalived.conf:7")]
    assert of("192.0.2.9/24 dev eth1") == [("error", "lb1/keepalived.conf:7")]
    assert of("192.0.2.9/24 dev lo", lo="127.0.0.{}/8") == [("warning", "lb1/keepalived.conf:7")]


@pytest.mark.parametrize(
    "vip", ["192.0.2.9/24", "198.51.100.9/24 dev eth1", "203.0.113.9/32", "192.0.2.9/24 dev vrrp.7", "2001:db8::9/64"]
)
def test_an_address_where_its_subnet_is_or_of_none(vip: str) -> None:
    assert of(vip) == []


def test_two_cards_of_one_subnet() -> None:
    assert of("198.51.100.9/24 dev eth2", eth2="198.51.100.1{}/24") == []


def named(*lines: str) -> Pair:
    text = instance(*lines)
    return both(text, text)


@pytest.mark.parametrize(
    "lines, files",
    [
        (("  @lb1 priority 110", "  @lb2 priority 90"), ["a", "b"]),
        (("  @a priority 110", "  @B priority 90"), ["b"]),
        (("  @a priority 110", "  @b priority 90"), []),
        (("  @a priority 110",), []),  # b has what stands for all
        (("  @^a priority 90",), []),
        (("  @a priority 110", "  @b priority 90", "  @c priority 80"), []),
        ((), []),
    ],
)
def test_names_that_no_node_has(lines: tuple[str, ...], files: list[str]) -> None:
    found = findings("conditions-of-no-node", named(*lines))
    assert [(each.severity, each.file) for each in found] == [("warning", f"{name}/keepalived.conf") for name in files]


@pytest.mark.parametrize("rule", ["vip-on-other-card", "conditions-of-no-node"])
def test_the_recorded_sites_are_silent(rule: str) -> None:
    assert [folder.name for folder in SITES.iterdir() if found(rule, recorded(folder.name))] == []
