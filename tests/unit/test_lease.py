"""Targets of two leases never overlap; a conflict names the holder; silence loses the lease."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.lease import Leases, atoms
from harness.bench.bare import COMPOSE
from harness.model.errors import AgentError, LeaseConflict, UnknownName
from harness.model.ops import AnyOp, Drop, LinkDown, Signal
from harness.model.topology import Topology
from harness.model.units import s

TOPOLOGY = Topology.from_compose(COMPOSE)
TARGETS = ("left", "left.external", "right", "trunk", "trunk.a", "trunk.b", "sw-a")


@pytest.mark.parametrize(
    "first, second, conflict",
    [
        ("left", "left.external", True),
        ("left.external", "left", True),
        ("trunk", "trunk.b", True),
        ("trunk.a", "trunk.b", False),
        ("left", "right", False),
        ("sw-a", "left", False),
        ("sw-a", "sw-a", True),
    ],
)
def test_overlap(first: str, second: str, conflict: bool) -> None:  # noqa: FBT001
    leases = Leases(TOPOLOGY)
    leases.claim("a", "game day", (first,), 0)
    if conflict:
        with pytest.raises(LeaseConflict, match="held by game day"):
            leases.claim("b", "somebody", (second,), 0)
    else:
        leases.claim("b", "somebody", (second,), 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from(TARGETS), max_size=3))))
def test_always_disjoint(claims: list[tuple[str, list[str]]]) -> None:
    leases, held = Leases(TOPOLOGY), dict[str, frozenset[str]]()
    for owner, targets in claims:
        wanted = frozenset[str]().union(*(atoms(TOPOLOGY, target) for target in targets))
        free = all(not wanted & other for name, other in held.items() if name != owner)
        try:
            leases.claim(owner, owner, targets, 0)
        except LeaseConflict:
            assert not free
        else:
            assert free
            held[owner] = wanted


def test_an_unknown_target_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'trunk'"):
        Leases(TOPOLOGY).claim("a", "me", ("trunc",), 0)


def test_only_what_the_lease_covers_may_be_held() -> None:
    leases = Leases(TOPOLOGY)
    leases.claim("a", "me", ("left", "trunk.a"), 0)
    for op in (Drop("left.external", "egress"), LinkDown("trunk.a"), Signal("left", "keepalived")):
        assert leases.holder("a", op) == "me"
    for op in (Drop("trunk.b", "egress"), Signal("right")):
        with pytest.raises(AgentError, match="no lease"):
            leases.holder("a", op)
    with pytest.raises(AgentError, match="no lease"):
        leases.holder("b", Drop("left.external", "egress"))


@pytest.mark.parametrize("target, op", [("trunk.a", Drop("trunk.a", "egress")), ("left", Signal("left"))])
def test_a_lease_of_just_the_target_is_enough(target: str, op: AnyOp) -> None:
    leases = Leases(TOPOLOGY)
    leases.claim("a", "me", (target,), 0)
    assert leases.holder("a", op) == "me"


def test_a_released_target_is_free() -> None:
    leases = Leases(TOPOLOGY)
    leases.claim("a", "me", ("left",), 0)
    assert leases.release("a")
    assert not leases.release("a")
    leases.claim("b", "you", ("left",), 0)


def test_silence() -> None:
    """A lease is lost after 5 s without a word, which is the longest that a fault outlives whoever holds it."""
    leases = Leases(TOPOLOGY)
    leases.claim("a", "me", ("left",), 0)
    leases.claim("b", "you", ("right",), 0)
    leases.renew("b", 1)
    assert leases.silent(5 * s) == []
    assert leases.silent(5 * s + 1) == ["a"]
