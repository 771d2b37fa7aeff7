"""check-asks-no-bind."""

import pytest

from tests.lint_pairs import SOUND, VIP, conf, found, two

RULE = "check-asks-no-bind"
ALIVE = "frontend alive\n bind 127.0.0.1:8404\n monitor-uri /alive\n"


def of(command: str, cfg: str = SOUND + ALIVE) -> list[str]:
    """Severities on lb1."""
    pair = two(cfg, confs=(conf(101, command), conf(100, command)))
    return [severity for severity, place in found(RULE, pair) if place == "lb1/keepalived.conf:2"]


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/curl -f http://127.0.0.1:8405/alive",
        "/usr/bin/nc -z localhost 8080",
        "/usr/bin/curl -f http://192.0.2.1:8404/alive",
    ],
)
def test_a_port_or_an_address_that_no_bind_takes(command: str) -> None:
    assert of(command) == ["error"]


def test_the_loopback_where_haproxy_binds_the_vip_alone() -> None:
    alone = SOUND.replace("*:80", f"{VIP}:80")
    assert of("/usr/bin/curl -f http://127.0.0.1/", alone) == ["error"]
    assert of(f"/usr/bin/curl -f http://{VIP}/", alone) == []


@pytest.mark.parametrize(
    "command, more",
    [
        ("/usr/bin/curl -f http://127.0.0.1:8404/alive", ""),
        ("/usr/bin/curl -f http://localhost/", ""),
        ("/usr/bin/curl -f http://localhost:90/", "frontend six\n bind [::1]:90\n"),
        ("/usr/bin/curl -f http://localhost:90/", "frontend range\n bind :80-99\n"),
        ("/usr/bin/curl -f http://localhost:90/", 'frontend variable\n bind "${HERE}"\n'),
        ("/usr/bin/nc -z 127.0.0.1 9999", "global\n stats socket ipv4@127.0.0.1:9999\n"),
        ("/usr/bin/nc -z 127.0.0.1 9999", "listen here\n bind :1\n server s 127.0.0.1:9999\n"),
        ("/usr/bin/nc -z 198.51.100.7 9999", ""),
        ("/usr/bin/sh -c 'pidof haproxy && nc -z 127.0.0.1 9999'", ""),
        ("/usr/bin/pgrep -x haproxy", ""),
    ],
)
def test_what_is_heard_or_cannot_be_told(command: str, more: str) -> None:
    assert of(command, SOUND + ALIVE + more) == []


def test_without_a_haproxy_cfg_nothing_is_told() -> None:
    assert of("/usr/bin/nc -z 127.0.0.1 9999", "") == []


@pytest.mark.parametrize(
    "more",
    [
        "global\n log stdout format raw local0\n",
        "resolvers docker\n nameserver dns 127.0.0.11:53\n",
        "# written by docker compose\n",
    ],
)
def test_a_container_may_publish_another_port(more: str) -> None:
    assert of("/usr/bin/curl -f http://127.0.0.1:8405/alive", SOUND + ALIVE + more) == ["warning"]
