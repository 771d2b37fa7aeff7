"""Whose programs judged, and whether the site has the same."""

import pytest
from msgspec.structs import replace

from harness.lint import Judged, Pair, judged_with, versions
from tests.recorded_sites import recorded

HAPROXY = "HAProxy version 3.0.11-1+deb13u2 2025/10/15 - https://haproxy.org/"
OLD = "HAProxy version 2.6.12-1+deb12u2 2025/04/25 - https://haproxy.org/"


def pair(one: str = HAPROXY, other: str = HAPROXY, site: str = "") -> Pair:
    found = recorded("wiki-minimal")
    said = {"lb1": one, "lb2": other}
    nodes = tuple(
        node._replace(
            examined=replace(
                node.examined, versions={"keepalived": "Keepalived v2.3.3 (03/30,2025)", "haproxy": said[node.name]}
            )
        )
        for node in found.nodes
    )
    return found._replace(nodes=nodes, site=replace(found.site, version=site))


def test_of_each_program_once() -> None:
    assert versions(pair()) == (
        Judged("keepalived", "2.3.3", ("lb1", "lb2")),
        Judged("haproxy", "3.0.11", ("lb1", "lb2")),
    )


def test_nodes_may_differ() -> None:
    found = versions(pair(OLD))
    assert [(each.version, each.nodes) for each in found if each.program == "haproxy"] == [
        ("2.6.12", ("lb1",)),
        ("3.0.11", ("lb2",)),
    ]
    assert "haproxy 2.6.12 (lb1), haproxy 3.0.11 (lb2)" in judged_with(found)


@pytest.mark.parametrize(
    "site, same, sentence",
    [
        ("", [None, None], "is not known"),
        ("keepalived 2.3.3, HAProxy 3.0", [True, True], "as the site has them"),
        ("Keepalived v2.3.3 and haproxy 3.0.11", [True, True], "as the site has them"),
        ("keepalived 2.2.7, HAProxy 3.0", [False, True], "The site has keepalived 2.2.7, which may do otherwise"),
        ("keepalived 2.3.3, HAProxy 3.0.1", [True, False], "The site has haproxy 3.0.1"),
        ("HAProxy 3.0", [None, True], "is not known"),
    ],
)
def test_the_site_s_own(site: str, same: list[bool | None], sentence: str) -> None:
    found = versions(pair(site=site))
    assert [each.same for each in found] == same
    assert sentence in judged_with(found)
