"""check-asks-no-bind."""

from collections.abc import Mapping

import pytest

from harness.lint import ALL
from tests.lint_pairs import SOUND, VIP, conf, found, two

RULE = "check-asks-no-bind"
ALIVE = "frontend alive\n bind 127.0.0.1:8404\n monitor-uri /alive\n"


def of(command: str, cfg: str = SOUND + ALIVE, files: Mapping[str, str] | None = None) -> list[str]:
    """Severities on lb1."""
    pair = two(cfg, confs=(conf(101, command), conf(100, command)), files=files)
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
        ("/usr/bin/nc -z 198.51.100.7 9999", ""),
        ("/usr/bin/sh -c 'pidof haproxy && nc -z 127.0.0.1 9999'", ""),
        ("/usr/bin/pgrep -x haproxy", ""),
    ],
)
def test_what_is_heard_or_cannot_be_told(command: str, more: str) -> None:
    assert of(command, SOUND + ALIVE + more) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.0.2.1"])
@pytest.mark.parametrize("command", ["/usr/bin/curl -sk https://localhost:6443/", "/usr/bin/nc -z 192.0.2.1 6443"])
def test_a_server_on_the_balancer_answers_when_haproxy_is_dead(command: str, host: str) -> None:
    """Of kubeadm's guide: the API server of the node has 6443, and HAProxy on the same node another port."""
    cfg = SOUND + f"listen api\n bind :8443\n mode tcp\n server s {host}:6443\n"
    assert of(command, cfg) == ["error"]
    assert of(command.replace("6443", "8443"), cfg) == []
    assert of(f"/usr/bin/sh -c 'nc -z 127.0.0.1 8443 && {command}'", cfg) == []


def test_the_server_that_answers_is_named() -> None:
    cfg = SOUND + "listen api\n bind :8443\n mode tcp\n server s 127.0.0.1:6443\n"
    command = "/usr/bin/nc -z localhost 6443"
    said = [each.sentence for each in ALL[RULE](two(cfg, confs=(conf(101, command), conf(100, command))))]
    assert "the server s answers, HAProxy dead or not" in said[0]


def test_without_a_haproxy_cfg_nothing_is_told() -> None:
    assert of("/usr/bin/nc -z 127.0.0.1 9999", "") == []


DEAF = "/usr/bin/curl -f http://127.0.0.1:8405/alive"


def test_a_container_may_publish_another_port() -> None:
    assert of(DEAF, SOUND + ALIVE + "resolvers docker\n nameserver dns 127.0.0.11:53\n") == ["warning"]
    script = f"#!/bin/sh\n/usr/bin/docker inspect proxy || exit 1\n{DEAF}\n"
    assert of("/check.sh", files={"/check.sh": script}) == ["warning"]


@pytest.mark.parametrize(
    "more",
    [
        "global\n log stdout format raw local0\n",
        "# written by docker compose\n",
        "backend docker-registry\n server r 192.0.2.30:5000\n",
        "resolvers docker\n nameserver dns 192.0.2.53:53\n",
    ],
)
def test_no_word_of_haproxy_cfg_makes_a_container(more: str) -> None:
    """A real error would be a warning, and the pair without an error."""
    assert of(DEAF, SOUND + ALIVE + more) == ["error"]


@pytest.mark.parametrize("line", ["# not docker ps", 'echo "docker ps is not used"', "true docker-registry.example"])
def test_an_engine_s_name_that_no_check_runs_makes_no_container(line: str) -> None:
    assert of("/check.sh", files={"/check.sh": f"#!/bin/sh\n{line}\n{DEAF}\n"}) == ["error"]
    assert of(DEAF, files={"/usr/local/bin/deploy": "docker compose up -d\n"}) == ["error"]
