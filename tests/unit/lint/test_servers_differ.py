"""servers-differ."""

import pytest

from tests.lint_pairs import SOUND, found, recorded, two

RULE = "servers-differ"
OLD = SOUND.replace("192.0.2.22", "192.0.2.32")


def test_an_old_address_on_one_node_is_told_of_both() -> None:
    assert found(RULE, two(SOUND, other_cfg=OLD)) == [("warning", "haproxy.cfg:10")]


def test_a_server_that_was_added_on_one_node() -> None:
    more = f"{SOUND}    server app3 192.0.2.23:8080 check\n"
    assert found(RULE, two(SOUND, other_cfg=more)) == [("warning", "haproxy.cfg:11")]
    assert found(RULE, two(more, other_cfg=SOUND)) == [("warning", "haproxy.cfg:11")]


def test_another_port() -> None:
    assert len(found(RULE, two(SOUND, other_cfg=SOUND.replace("8080", "8081")))) == 1


@pytest.mark.parametrize(
    "one, other",
    [
        (SOUND, SOUND),
        (SOUND, SOUND.replace("app1", "first").replace("app\n", "other\n")),  # names do not count
        (SOUND, SOUND.replace("22:8080 check", "22:8080 check backup weight 5")),
        (SOUND.replace("192.0.2.21", "192.0.2.1"), SOUND.replace("192.0.2.21", "192.0.2.2")),  # each node's own
        (SOUND.replace("192.0.2.21", "127.0.0.1"), SOUND.replace("192.0.2.21", "192.0.2.2")),
        (SOUND.replace("21:", "1:").replace("22:", "2:"), SOUND.replace("21:", "2:").replace("22:", "1:")),
        (SOUND, SOUND.replace("192.0.2.21", '"${APP}"')),
        (SOUND, SOUND.replace("*:80", "127.0.0.1:80")),
        (SOUND, SOUND.replace("    server app1 192.0.2.21:8080 check\n    server app2 192.0.2.22:8080 check\n", "")),
    ],
)
def test_the_same_servers_or_what_cannot_be_told(one: str, other: str) -> None:
    assert found(RULE, two(one, other_cfg=other)) == []


def test_a_name_is_the_address_that_hosts_says() -> None:
    named = SOUND.replace("192.0.2.21", "app1.example.com")
    assert found(RULE, two(SOUND, other_cfg=named, hosts={"app1.example.com": "192.0.2.21"})) == []
    assert found(RULE, two(SOUND, other_cfg=named)) != []


@pytest.mark.parametrize("name", ["edge-sync-group", "tls-vip-bound", "three-nodes-unicast"])
def test_sound_sites(name: str) -> None:
    assert found(RULE, recorded(name)) == []
