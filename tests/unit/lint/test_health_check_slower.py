"""health-check-slower."""

import pytest

from tests.lint_pairs import SOUND, conf, found, recorded, two

RULE = "health-check-slower"
HEALTH = "curl -sf http://127.0.0.1/health"


@pytest.mark.parametrize(
    "check, lines, told",
    [
        ("check", "", True),  # 2 s, and 2 s x 3
        ("check fall 2", "", False),
        ("check inter 1s fall 2", "interval 3", True),  # 6 s, and 2 s
        ("check inter 1s fall 2", "interval 2", False),
        ("", "", False),
    ],
)
def test_a_factor_of_three_is_told(check: str, lines: str, *, told: bool) -> None:
    pair = two(SOUND.replace("check", check), confs=(conf(101, HEALTH, lines=lines), conf(100)))
    assert found(RULE, pair) == ([("note", "lb1/keepalived.conf:2")] if told else [])


def test_a_check_of_the_balancer_alone_is_not_compared() -> None:
    assert found(RULE, two(confs=(conf(101, "nc -z 127.0.0.1 80"), conf(100, "pidof haproxy")))) == []
    assert found(RULE, two(confs=(conf(101, "nc -z 192.0.2.21 8080"), conf(100)))) == []  # a server itself


@pytest.mark.parametrize("name", ["kubeadm-curl", "tickets-check-asks-servers", "press-include"])
def test_recorded_sites(name: str) -> None:
    assert found(RULE, recorded(name)) == []
