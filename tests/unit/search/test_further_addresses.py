"""Unicast peers that are not the first address of the card of the adverts: nodes hear each other all the same."""

import pytest

from harness.search.subject import of_site
from tests.lint_pairs import conf, two


def pair(first: str, second: str) -> str:
    """Why it never rests; "" if it does. `first`, `second`: of the other node, as the peer that each lists."""
    peers = (f"unicast_peer {{\n{other}\n}}" for other in (second, first))
    confs = tuple(conf(priority, more=more) for priority, more in zip((101, 100), peers, strict=True))
    return of_site("texts", two(confs=(confs[0], confs[1]), cards={"eth1": "198.51.100.{}/24"})).never_rests


@pytest.mark.parametrize(
    "first, second",
    [("192.0.2.1", "192.0.2.2"), ("198.51.100.1", "198.51.100.2")],
    ids=["the card of the adverts", "another card"],
)
def test_a_pair_whose_nodes_list_each_other_rests(first: str, second: str) -> None:
    assert pair(first, second) == ""


def test_a_peer_that_is_the_node_itself_is_none() -> None:
    assert pair("192.0.2.2", "192.0.2.1") != ""
