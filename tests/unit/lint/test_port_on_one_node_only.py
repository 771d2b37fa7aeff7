"""port-on-one-node-only."""

import pytest
from msgspec.structs import replace

from harness.lint import Pair
from harness.site import haproxy
from harness.site.site import HAPROXY
from tests.lint_pairs import SOUND, VIP, found, two
from tests.unit.lint.krules import file

RULE = "port-on-one-node-only"
REDIRECTED = """\
bind *:80
    default_backend app
frontend away
    bind *:8443
    redirect scheme https
backend none"""


def of(one: str, other: str) -> list[tuple[str, str]]:
    """Haproxy.cfg of lb1 and of lb2; they differ in the binds of the frontend."""
    cfgs = [SOUND.replace("bind *:80", each) for each in (one, other)]
    made = two(cfgs[0])
    nodes = [
        node._replace(
            site=replace(
                node.site, files=(*(each for each in node.site.files if each.path != HAPROXY), file(HAPROXY, cfg))
            ),
            haproxy=haproxy.read({HAPROXY: cfg}),
        )
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
        ("bind *:80", "bind *:80\n    disabled", 6),
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
        (
            "bind *:80\n    bind *:8443",
            REDIRECTED,
        ),
        ("bind *:80,*:20000-20050,*:20051-20150", "bind *:80,*:20000-20150"),
    ],
)
def test_the_same_service(one: str, other: str) -> None:
    assert of(one, other) == []


def test_a_bind_that_may_not_be_in_force() -> None:
    one = "bind *:80\n    .if feature(QUIC)\n    bind *:8443\n    .endif"
    assert of(one, "bind *:80") == [("warning", "haproxy.cfg:8")]
    after = "bind *:80\n    .if feature(QUIC)\n    .endif\n    bind *:8443"
    assert of(after, "bind *:80") == [("error", "haproxy.cfg:9")]
