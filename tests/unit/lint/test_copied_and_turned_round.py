"""Addresses, sources and limits that were copied or forgotten on one node; checks and redirects that lead the wrong
way."""

import pytest
from msgspec.structs import replace

from tests.lint_pairs import SOUND, conf, found, two
from tests.unit.lint import krules

CONF = krules.CHECK + krules.instance()


@pytest.mark.parametrize("address, told", [("192.0.2.1/24", True), ("192.0.2.2/24", False)])
def test_an_address_that_both_nodes_have(address: str, *, told: bool) -> None:
    pair = krules.pair_of(krules.node("a", CONF, card="192.0.2.1/24"), krules.node("b", CONF, card=address))
    assert found("same-own-address", pair) == ([("error", "pair.toml")] if told else [])


def test_a_bridge_for_containers_is_the_same_everywhere() -> None:
    assert found("same-own-address", two(cards={"docker0": "172.17.0.1/16"})) == []


@pytest.mark.parametrize(
    "script, told",
    [
        ("if pidof haproxy >/dev/null; then\n  exit 1\nfi\nexit 0\n", True),
        ("if killall -0 haproxy\nthen\n  echo up\n  exit 1\nelse\n  exit 0\nfi\n", True),
        ("pgrep -x haproxy && exit 1\nexit 0\n", True),
        ("if ! pidof haproxy >/dev/null; then\n  exit 1\nfi\n", False),
        ("if pidof haproxy; then\n  exit 0\nfi\nexit 1\n", False),
        ("pgrep -x haproxy || exit 1\n", False),
        ("if pidof haproxy | grep -q x; then\n  exit 1\nfi\n", False),
    ],
)
def test_a_check_that_fails_where_haproxy_lives(script: str, *, told: bool) -> None:
    text = conf(101, "/etc/chk.sh")
    made = found("check-inverted", two(confs=(text, text), files={"/etc/chk.sh": f"#!/bin/bash\n{script}"}))
    assert made == ([("error", "lb1/keepalived.conf:2"), ("error", "lb2/keepalived.conf:2")] if told else [])


@pytest.mark.parametrize(
    "line, more, told",
    [
        ("http-request redirect scheme https code 301 unless { ssl_fc }", "", True),
        ("redirect scheme https if !{ ssl_fc }", "", True),
        ("redirect scheme https if !{ ssl_fc }", "    bind *:443 ssl crt /c.pem\n", False),
        ("redirect scheme https if { hdr(x-forwarded-proto) http }", "", False),
        ("redirect location https://www.example.com/", "", False),
    ],
)
def test_a_redirect_to_a_port_where_nothing_listens(line: str, more: str, *, told: bool) -> None:
    text = SOUND.replace("    bind *:80\n", f"    bind *:80\n    {line}\n{more}")
    assert found("redirect-to-no-bind", two(text)) == ([("warning", "haproxy.cfg:7")] if told else [])


@pytest.mark.parametrize(
    "looks, source, told",
    [
        ("check_unicast_src", "192.0.2.22", True),
        ("", "192.0.2.22", False),
        ("check_unicast_src", "192.0.2.2", False),
    ],
)
def test_a_source_that_the_peer_does_not_list(looks: str, source: str, *, told: bool) -> None:
    one = conf(101, more=f"{looks}\nunicast_peer {{\n192.0.2.2\n}}")
    other = conf(100, more=f"unicast_src_ip {source}\nunicast_peer {{\n192.0.2.1\n}}")
    made = found("unicast-source-not-listed", two(confs=(one, other)))
    assert made == ([("error", "lb2/keepalived.conf:5")] if told else [])


@pytest.mark.parametrize(
    "old, new, line",
    [
        ("    bind *:80\n", "    bind *:80\n    rate-limit sessions 10\n", 7),
        ("global\n", "global\n    maxconnrate 10\n", 2),
        ("global\n", "global\n    maxsessrate 1000\n", 0),
        ("", "", 0),
    ],
)
def test_a_rate_below_the_load(old: str, new: str, line: int) -> None:
    pair = two(SOUND.replace(old, new) if old else SOUND)
    loaded = pair._replace(site=replace(pair.site, load=replace(pair.site.load, new_per_second=500)))
    assert found("session-rate-below-load", loaded) == ([("warning", f"haproxy.cfg:{line}")] if line else [])
    assert found("session-rate-below-load", pair) == []


def test_a_certificate_that_one_node_wants() -> None:
    one = SOUND.replace("*:80", "*:443 ssl crt /c.pem")
    other = one.replace("/c.pem", "/c.pem ca-file /ca.pem verify required")
    assert found("port-differs", two(one, other_cfg=other)) == [("warning", "haproxy.cfg:6")]
    assert found("port-differs", two(other)) == []
