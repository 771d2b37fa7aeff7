"""source-address-not-own."""

import pytest

from tests.unit.lint.krules import both, findings, instance, line_of, node, pair_of, places

RULE = "source-address-not-own"


def unicast(source: str, peer: str, priority: int = 100) -> str:
    return instance(f"  unicast_src_ip {source}", f"  unicast_peer {{\n    {peer}\n  }}", priority=priority)


def test_the_other_node_s_address_is_an_error() -> None:
    text = unicast("192.0.2.1", "192.0.2.1")
    pair = both(unicast("192.0.2.1", "192.0.2.2", 101), text)
    (found,) = findings(RULE, pair)
    assert (found.severity, found.file, found.line) == ("error", "b/keepalived.conf", line_of(text, "unicast_src_ip"))
    assert "which is a's" in found.sentence
    assert found.instead.endswith("192.0.2.2")


def test_an_address_that_no_node_has_may_only_not_be_listed() -> None:
    (found,) = findings(RULE, both(unicast("192.0.2.9", "192.0.2.2", 101), unicast("192.0.2.2", "192.0.2.9")))
    assert (found.severity, found.file) == ("warning", "a/keepalived.conf")


@pytest.mark.parametrize("card", ["", "192.0.2.1/24"])
def test_its_own_address_and_what_cannot_be_told(card: str) -> None:
    one = node("a", unicast("192.0.2.1", "192.0.2.2", 101), card=card)
    other = node("b", unicast("192.0.2.2", "192.0.2.1"), card=card and "192.0.2.2/24")
    assert places(RULE, pair_of(one, other)) == []
