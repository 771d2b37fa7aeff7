"""crt-without-ssl, plain-to-tls-server and dead-server-kept."""

import pytest

from tests.lint_pairs import SITES, SOUND, found, recorded, two

RULES = ("crt-without-ssl", "plain-to-tls-server", "dead-server-kept")


@pytest.mark.parametrize("words", ["crt /etc/ssl/a.pem", "crt-list /etc/ssl/list", "alpn h2 crt /etc/ssl/a.pem"])
def test_a_certificate_without_ssl(words: str) -> None:
    assert found("crt-without-ssl", two(SOUND.replace("*:80", f"*:443 {words}"))) == [("error", "haproxy.cfg:6")]


@pytest.mark.parametrize("bind", ["*:80", "*:443 ssl crt /a.pem", "quic4@*:443 ssl crt /a.pem", "*:443 name crts"])
def test_binds_that_speak_as_they_should(bind: str) -> None:
    assert found("crt-without-ssl", two(SOUND.replace("*:80", bind))) == []


def test_plain_http_to_the_port_of_https() -> None:
    rule = "plain-to-tls-server"
    assert found(rule, two(SOUND.replace(":8080", ":443"))) == [
        ("warning", "haproxy.cfg:9"),
        ("warning", "haproxy.cfg:10"),
    ]
    assert found(rule, two(SOUND.replace(":8080", ":443 ssl verify none"))) == []
    assert found(rule, two(SOUND.replace(":8080", ":443").replace("http", "tcp"))) == []
    assert found(rule, two(SOUND.replace("backend app\n", "backend app\n default-server ssl\n", 2))) == []


@pytest.mark.parametrize(
    "words, count",
    [
        ("check inter 60s fall 10", 1),
        ("check inter 21s", 1),
        ("check inter 60s fastinter 1s fall 10", 1),
        ("check inter 20s", 0),
        ("check", 0),
        ("inter 60s fall 10", 0),  # server-without-check says it
    ],
)
def test_a_dead_server_for_longer_than_a_minute(words: str, count: int) -> None:
    text = SOUND.replace("8080 check", f"8080 {words}")
    assert found("dead-server-kept", two(text)) == [("warning", "haproxy.cfg:9")] * count
    alone = "\n".join(line for line in text.splitlines() if "app2" not in line)
    assert found("dead-server-kept", two(alone)) == []


@pytest.mark.parametrize("rule", RULES)
def test_the_recorded_sites_are_silent(rule: str) -> None:
    assert [folder.name for folder in SITES.iterdir() if found(rule, recorded(folder.name))] == []
