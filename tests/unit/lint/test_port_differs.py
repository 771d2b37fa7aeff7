"""port-differs."""

import pytest

from tests.lint_pairs import SOUND, VIP, found, two

RULE = "port-differs"
TLS = SOUND.replace("bind *:80", "bind *:443 ssl crt /etc/ssl/site.pem")
PLAIN = SOUND.replace("bind *:80", "bind *:443")


@pytest.mark.parametrize("one, other", [(TLS, PLAIN), (PLAIN, TLS)])
def test_tls_on_one_node_alone(one: str, other: str) -> None:
    assert found(RULE, two(one, other_cfg=other)) == [("error", "haproxy.cfg:6")]


def test_the_proxy_protocol_on_one_node_alone() -> None:
    assert found(RULE, two(SOUND, other_cfg=SOUND.replace("*:80", "*:80 accept-proxy"))) == [("error", "haproxy.cfg:6")]


def test_bytes_may_be_tls_that_the_servers_end() -> None:
    assert found(RULE, two(TLS, other_cfg=PLAIN.replace("mode http", "mode tcp"))) == [("warning", "haproxy.cfg:6")]


@pytest.mark.parametrize(
    "other", [TLS, TLS.replace("*:443", f"{VIP}:443"), TLS.replace("443", "8443"), TLS.replace("*", "127.0.0.1")]
)
def test_the_same_and_what_is_not_at_the_vip(other: str) -> None:
    assert found(RULE, two(TLS, other_cfg=other)) == []


def test_the_bind_of_the_vip_goes_before_a_wildcard() -> None:
    inner = "frontend inner\n    bind *:443\n    default_backend app\n"
    assert found(RULE, two(TLS.replace("*:443", f"{VIP}:443") + inner, other_cfg=TLS)) == []
