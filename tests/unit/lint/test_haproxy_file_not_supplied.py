"""haproxy-file-not-supplied."""

import pytest
from msgspec.structs import replace

from harness import lint
from harness.site.examined import Answer
from harness.site.haproxy import Haproxy
from tests.lint_pairs import found, recorded, two

RULE = "haproxy-file-not-supplied"
AT = "config : parsing [/etc/haproxy/haproxy.cfg:6] : "


@pytest.mark.parametrize(
    "said",
    [
        "'bind *:443' in section 'frontend' : unable to stat SSL certificate from file '/etc/ssl/www.pem'.",
        "errorfile: error opening file </etc/haproxy/pages/503.http>: No such file or directory.",
        "error detected while parsing ACL 'x' : failed to open pattern file </etc/haproxy/list>.",
        "'server app/app1' : could not resolve address 'app1.example.com'.",
    ],
)
def test_what_haproxy_did_not_find_at_its_line(said: str) -> None:
    pair = two(started=Answer(1, f"[ALERT]    (13) : {AT}{said}\n"))
    assert found(RULE, pair) == [("error", "haproxy.cfg:6")]
    assert lint.ALL[RULE].undecided


def test_a_path_that_was_brought_is_not_missing() -> None:
    said = f"[ALERT]    (13) : {AT}unable to load '/etc/ssl/www.pem'.\n"
    assert found(RULE, two(started=Answer(1, said), files={"/etc/ssl/www.pem": "x"})) == []


@pytest.mark.parametrize("name", ["tls-vip-bound", "three-nodes-unicast", "press-include"])
def test_sound_sites(name: str) -> None:
    assert found(RULE, recorded(name)) == []


def test_a_haproxy_cfg_that_only_one_node_brought() -> None:
    pair = two()
    one, other = pair.nodes
    bare = other._replace(site=replace(other.site, files=()), haproxy=Haproxy(()))
    assert found(RULE, pair._replace(nodes=(one, bare))) == [("error", "/etc/keepalived/keepalived.conf")]
    assert found(RULE, pair._replace(nodes=(bare, bare))) == []
    assert found(RULE, pair._replace(nodes=(one, other._replace(haproxy=Haproxy(()))))) == []  # an empty file
