"""What a card had lost: what the kernel removed with an address, and nothing that others removed before."""

from harness.agents.network.card_state import CardAddress, CardState

OWN, SECOND = CardAddress("10.77.0.1", 24, 0, "lan0"), CardAddress("10.77.0.201", 24, 0, "lan0")
GATEWAY = {"dst": "default", "gateway": "10.77.0.11"}
BY_HAND = {"dst": "10.99.0.0/16", "gateway": "10.77.0.12"}


def test_lost_is_what_was_there_and_is_not_any_more() -> None:
    before = CardState({1: 1}, {}, (OWN, SECOND), (GATEWAY, BY_HAND))
    assert before.lost_since(CardState({1: 1}, {}, (SECOND,), (BY_HAND,))) == CardState({1: 1}, {}, (OWN,), (GATEWAY,))
    assert before.lost_since(before) == CardState({1: 1}, {}, (), ())
