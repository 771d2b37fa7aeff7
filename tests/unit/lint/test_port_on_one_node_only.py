"""port-on-one-node-only."""

import pytest

from harness.lint import Pair
from harness.site import haproxy
from tests.lint_pairs import SOUND, VIP, found, two

RULE = "port-on-one-node-only"


def of(one: str, other: str) -> list[tuple[str, str]]:
    """Haproxy.cfg of lb1 and of lb2; they differ in the binds of the frontend."""
    cfgs = [SOUND.replace("bind *:80", each) for each in (one, other)]
    made = two(cfgs[0])
    nodes = [
        node._replace(haproxy=haproxy.read({"/etc/haproxy/haproxy.cfg": cfg}))
        for node, cfg in zip(made.nodes, cfgs, strict=True)
    ]
    routers = tuple(
        router._replace(
            members=tuple(
                member._replace(node=next(node for node in nodes if node.name == member.node.name))
                for member in router.members
            )
        )
        for router in made.routers
    )
    return found(RULE, Pair(made.site, tuple(nodes), routers))


@pytest.mark.parametrize(
    "one, other, line",
    [
        ("bind *:80\n    bind *:8443", "bind *:80", 7),
        ("bind *:80", "bind *:80\n    bind *:8443", 7),
        (f"bind *:80\n    bind {VIP}:8443", "bind *:80", 7),
        ("bind *:80,*:81", "bind *:80", 6),
        ("bind *:80-82", "bind *:80-81", 6),
    ],
)
def test_a_port_that_one_node_lacks(one: str, other: str, line: int) -> None:
    assert of(one, other) == [("error", f"haproxy.cfg:{line}")]


@pytest.mark.parametrize(
    "one, other",
    [
        ("bind *:80", "bind *:80"),
        ("bind *:80", f"bind {VIP}:80"),
        ("bind :::80 v4v6", "bind :80"),
        ("bind *:80\n    bind 192.0.2.1:9000", "bind *:80"),  # the node's own address
        ("bind *:80\n    bind 127.0.0.1:9000", "bind *:80"),
        ("bind *:80\n    bind *:8443", "bind *:${PORT}"),
        ("bind *:80\n    bind *:8443", "bind www.example.com:80"),
        ("bind *:80\n    bind *:20000-29999", "bind *:80"),
        ("bind *:80\n    bind /run/x.sock", "bind *:80"),
        ("bind *:80", "bind 192.0.2.99:80"),  # vip-not-bound says it
    ],
)
def test_the_same_service(one: str, other: str) -> None:
    assert of(one, other) == []
