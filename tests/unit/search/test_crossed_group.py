"""A sync group whose instances prefer different nodes: one node has all its VIPs at rest, as keepalived would."""

from harness.model.units import s
from harness.search.pair import SimulatedPair
from harness.search.subject import of_site
from tests.lint_pairs import two

GROUP = "vrrp_sync_group both {\ngroup {\noutside\ninside\n}\n}\n"


def text(outside: int, inside: int) -> str:
    return GROUP + "".join(
        f"vrrp_instance {name} {{\ninterface {card}\nvirtual_router_id {vrid}\npriority {priority}\n"
        f"virtual_ipaddress {{\n{vip}/24\n}}\n}}\n"
        for name, card, vrid, priority, vip in (
            ("outside", "eth0", 51, outside, "192.0.2.10"),
            ("inside", "eth1", 52, inside, "198.51.100.10"),
        )
    )


def pair(first: tuple[int, int], second: tuple[int, int]) -> SimulatedPair:
    confs = text(*first), text(*second)
    return of_site("texts", two(confs=confs, cards={"eth1": "198.51.100.{}/24"})).pair()


def test_the_node_whose_last_timer_runs_out_first_has_both() -> None:
    """lb1 prefers the one outside, but its instance inside hears a better node: its group waits for ever."""
    crossed = pair((150, 90), (100, 100))
    assert set(crossed.owners.values()) == {"lb2"}
    crossed.world.begin(crossed._at_rest(0))
    crossed.world.run(60 * s)
    assert {node for node, _ in crossed.world.state.holds} == {"lb2"}


def test_a_group_that_agrees_is_owned_by_the_preferred_node() -> None:
    assert set(pair((150, 101), (100, 100)).owners.values()) == {"lb1"}
