"""check-gets-error, check-asks-no-socket, socket-closed-to-check: the check fails while HAProxy lives."""

from collections.abc import Mapping

import pytest

from tests.lint_pairs import SITES, SOUND, conf, found, recorded, two

STATS = "listen stats\n    bind 127.0.0.1:8404\n    mode http\n    stats enable\n    stats uri /stats\n"
ALIVE = "frontend alive\n    bind 127.0.0.1:8405\n    mode http\n    monitor-uri /alive\n"
TLS = SOUND.replace("*:80", "*:443 ssl crt /etc/ssl/a.pem")
CURL = "/usr/bin/curl -sf"
SOCKET = "global\n    stats socket /run/haproxy/admin.sock mode 660\n"


def of(rule: str, command: str, cfg: str, files: Mapping[str, str] | None = None) -> list[str]:
    """Severities on lb1."""
    pair = two(cfg, confs=(conf(101, command), conf(100, command)), files=files)
    return [severity for severity, place in found(rule, pair) if place == "lb1/keepalived.conf:2"]


@pytest.mark.parametrize(
    "command, cfg",
    [
        (f"{CURL} http://127.0.0.1:8404/status", SOUND + STATS),
        (f"{CURL} http://127.0.0.1:8405/", SOUND + ALIVE),
        ("/usr/bin/wget -q -O - http://localhost:8405/health", SOUND + ALIVE),
        (f"{CURL} http://127.0.0.1:443/", TLS),
        (f"{CURL} -k https://127.0.0.1:80/", SOUND),
    ],
)
def test_haproxy_answers_with_an_error(command: str, cfg: str) -> None:
    assert of("check-gets-error", command, cfg) == ["error"]


@pytest.mark.parametrize(
    "command, cfg",
    [
        (f"{CURL} http://127.0.0.1:8404/stats", SOUND + STATS),
        (f"{CURL} http://127.0.0.1:8405/alive", SOUND + ALIVE),
        ("/usr/bin/curl -s http://127.0.0.1:8404/status", SOUND + STATS),  # content with 503
        (f"{CURL} http://127.0.0.1/", SOUND),
        (f"{CURL} -k https://127.0.0.1/", TLS),
        (f"{CURL} -k https://127.0.0.1:80/", SOUND.replace("mode http", "mode tcp")),
        (f"{CURL} http://127.0.0.1:8405/x", f"{SOUND}{ALIVE}    http-request return status 200\n"),
        (f"{CURL} http://127.0.0.1:8405/x", f"{SOUND}{ALIVE}    errorfile 503 /etc/haproxy/ok.http\n"),
        (
            f"{CURL} http://127.0.0.1:8405/x",
            f"{SOUND}{ALIVE}    http-request redirect location / if {{ src 192.0.2.1 }}\n",
        ),
        ("/usr/bin/nc -z 127.0.0.1 8405", SOUND + ALIVE),
        (f"{CURL} http://198.51.100.1:8405/", SOUND + ALIVE),
    ],
)
def test_haproxy_may_answer_well(command: str, cfg: str) -> None:
    assert of("check-gets-error", command, cfg) == []


@pytest.mark.parametrize(
    "ask",
    ["test $(curl -s -o /dev/null -w '%{http_code}' URL) -eq 503", "test `curl -sw '%{http_code}' URL` != 000",
     "curl -s URL | grep -q html", "curl -si URL | grep -q HTTP"],
)  # fmt: skip
def test_a_check_that_reads_the_answer_may_be_content_with_503(ask: str) -> None:
    files = {"/check.sh": f"#!/bin/sh\n{ask.replace('URL', 'http://127.0.0.1:8405/x')}\n"}
    assert of("check-gets-error", "/check.sh", SOUND + ALIVE, files) == []


PAGE = "frontend page\n    bind *:8406\n    mode http\n    {}\n    http-request return status 200\n"


@pytest.mark.parametrize(
    "line, loopback, own",
    [
        ("http-request deny unless { src 127.0.0.0/8 }", [], ["error"]),
        ("acl local src 127.0.0.0/8\n    http-request deny if !local", [], ["error"]),
        ("tcp-request connection reject if !{ src 127.0.0.1 }", [], ["error"]),
        ("http-request deny unless { src 192.0.2.0/24 }", ["error"], []),
        ("http-request deny if { path /health }", ["error"], ["error"]),
        ("http-request deny if { path /other }", [], []),
        ("http-request allow if { path /health }\n    http-request deny unless { src 127.0.0.0/8 }", [], []),
        ("http-request deny deny_status 200 unless { src 127.0.0.0/8 }", [], []),
        ("http-request deny status 200 unless { src 127.0.0.0/8 }", [], []),
        (".if defined(INNER)\n    http-request deny unless { src 127.0.0.0/8 }\n.endif", [], []),
        ("http-request deny unless { src -f /etc/haproxy/friends }", [], []),
        ("monitor-uri /health\n    http-request deny unless { src 127.0.0.0/8 }", [], []),
    ],
)
def test_a_page_that_is_kept_for_some_addresses(line: str, loopback: list[str], own: list[str]) -> None:
    """A node asks its own address from that address."""
    cfg = SOUND + PAGE.format(line)
    assert of("check-gets-error", f"{CURL} http://127.0.0.1:8406/health", cfg) == loopback
    assert of("check-gets-error", f"{CURL} http://192.0.2.1:8406/health", cfg) == own


def test_a_page_that_is_denied_satisfies_a_check_that_takes_any_answer() -> None:
    cfg = SOUND + PAGE.format("http-request deny unless { src 127.0.0.0/8 }")
    assert of("check-gets-error", "/usr/bin/curl -s http://192.0.2.1:8406/health", cfg) == []


@pytest.mark.parametrize(
    "ask",
    ["test $(curl -s -o /dev/null -w '%{http_code}' URL) -eq 403", "test `curl -sw '%{http_code}' URL` != 000",
     "curl -s URL | grep -q Forbidden"],
)  # fmt: skip
def test_a_check_that_reads_the_answer_may_expect_a_refusal(ask: str) -> None:
    cfg = SOUND + PAGE.format("http-request deny unless { src 127.0.0.0/8 }")
    files = {"/check.sh": f"#!/bin/sh\n{ask.replace('URL', 'http://192.0.2.1:8406/health')}\n"}
    assert of("check-gets-error", "/check.sh", cfg, files) == []


@pytest.mark.parametrize(
    "script, severities",
    [
        ("echo show info | socat - UNIX-CONNECT:/var/lib/haproxy/stats", ["error"]),
        ("echo show info | socat stdio unix-connect:/run/haproxy.sock", ["error"]),
        ("SOCK=/run/hap.sock\necho 'show stat' | nc -U $SOCK", ["error"]),
        ("echo show info | socat - UNIX-CONNECT:/run/haproxy/admin.sock", []),
        ("echo show info | socat - UNIX-CONNECT:/var/run/haproxy/admin.sock,crnl", []),
        ("echo show info | socat - UNIX-CONNECT:$1", []),
        ("# socat - UNIX-CONNECT:/run/haproxy.sock\npidof haproxy", []),
        ("curl --unix-socket /run/docker.sock http://x | nc -U /run/docker.sock", []),
    ],
)
def test_a_socket_that_no_line_of_haproxy_cfg_makes(script: str, severities: list[str]) -> None:
    files = {"/check.sh": f"#!/bin/sh\n{script}\n"}
    assert of("check-asks-no-socket", "/check.sh", SOUND + SOCKET, files) == severities


@pytest.mark.parametrize(
    "more",
    ["global\n    unix-bind prefix /var/lib\n", 'global\n    stats socket "$SOCKET"\n', "listen x\n    bind unix@/s\n"],
)
def test_sockets_whose_paths_are_not_known_or_of_a_frontend(more: str) -> None:
    files = {"/check.sh": "#!/bin/sh\necho show info | socat - UNIX-CONNECT:/s\n"}
    assert of("check-asks-no-socket", "/check.sh", SOUND + more, files) == []


def closed(said: str, *, mode: str = "mode 660", command: str = "") -> list[str]:
    """`said`: of the user, in global_defs or in the check."""
    script = {"/check.sh": command or "#!/bin/sh\necho show info | socat - UNIX-CONNECT:/var/run/haproxy/admin.sock\n"}
    own = said if said.startswith("user") else ""
    head = f"global_defs {{\n{said}\n}}\n" if said and not own else ""
    texts = [head + conf(each, "/check.sh", lines=own) for each in (101, 100)]
    cfg = f"{SOUND}{SOCKET.replace('mode 660', mode)}    user haproxy\n    group hagroup\n"
    pair = two(cfg, confs=(texts[0], texts[1]), files=script)
    return [severity for severity, place in found("socket-closed-to-check", pair) if place.startswith("lb1")]


@pytest.mark.parametrize("said", ["script_user nobody", "user nobody", "user nobody nogroup"])
def test_a_user_who_may_not_open_the_socket(said: str) -> None:
    assert closed(said) == ["warning"]
    assert closed(said, mode="mode 666") == []
    assert closed(said, mode="") == []
    assert closed(said, command="#!/bin/sh\npidof haproxy\n") == []


@pytest.mark.parametrize("said", ["", "script_user root", "user haproxy", "user nobody\nuser root"])
def test_a_user_who_may_or_is_not_known(said: str) -> None:
    assert closed(said) == []


def test_the_user_on_the_socket_s_line() -> None:
    assert closed("user check", mode="user check mode 600") == []


@pytest.mark.parametrize("rule", ["check-gets-error", "check-asks-no-socket", "socket-closed-to-check"])
def test_the_recorded_sites_are_silent(rule: str) -> None:
    assert [folder.name for folder in SITES.iterdir() if found(rule, recorded(folder.name))] == []
