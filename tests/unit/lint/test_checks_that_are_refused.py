"""What a check needs of HAProxy and of the node: a password, a certificate, a file. A server that is never asked."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

PATH = "/etc/keepalived/chk.sh"
STATS = """\
listen stats
    bind *:9000
    stats enable
    stats uri /s
    stats auth admin:x
    monitor-uri /alive
"""
TLS = SOUND.replace("bind *:80", "bind *:443 ssl crt /etc/a.pem")


def of(rule: str, command: str, cfg: str = SOUND, *, script: str = "", lines: str = "") -> list[str]:
    """Severities on lb1."""
    files = {PATH: script} if script else None
    confs = (conf(101, command, lines=lines), conf(100, command, lines=lines))
    return [severity for severity, place in found(rule, two(cfg, confs=confs, files=files)) if "lb1" in place]


@pytest.mark.parametrize(
    "command, severities",
    [
        ("/usr/bin/curl -fs http://127.0.0.1:9000/s", ["error"]),
        ("/usr/bin/wget -q -O /dev/null http://127.0.0.1:9000/s;csv", ["error"]),
        ("/usr/bin/curl -fs -u admin:x http://127.0.0.1:9000/s", []),
        ("/usr/bin/curl -fsu admin:x http://127.0.0.1:9000/s", []),
        ("/usr/bin/curl -fs http://admin:x@127.0.0.1:9000/s", []),
        ("/usr/bin/curl -s http://127.0.0.1:9000/s", []),  # any answer will do
        ("/usr/bin/curl -fs http://127.0.0.1:9000/alive", []),
    ],
)
def test_statistics_with_a_password(command: str, severities: list[str]) -> None:
    assert of("check-gets-error", command, SOUND + STATS) == severities
    assert of("check-gets-error", command, SOUND + STATS.replace("    stats auth admin:x\n", "")) == []


@pytest.mark.parametrize(
    "line",
    ["use-service prometheus-exporter if { path /s/metrics }", "return status 200 if { path /s/metrics }",
     "deny deny_status 200 if { path /s/metrics }", "return status 200 if { src -f /etc/friends }"],
)  # fmt: skip
def test_a_rule_answers_before_the_page_of_statistics(line: str) -> None:
    stats = STATS.replace("    monitor-uri", f"    http-request {line}\n    monitor-uri")
    assert of("check-gets-error", "/usr/bin/curl -fs http://127.0.0.1:9000/s/metrics", SOUND + stats) == []
    told = [] if "src" in line else ["error"]
    assert of("check-gets-error", "/usr/bin/curl -fs http://127.0.0.1:9000/s", SOUND + stats) == told


def test_statistics_of_its_own_inherit_neither_password_nor_path() -> None:
    """The first `stats` line of a proxy drops all that its defaults say of them."""
    cfg = SOUND.replace("mode http", "mode http\n    stats auth admin:x\n    stats uri /s")
    own = "listen stats\n    bind *:9000\n    stats enable\n"
    asked = "/usr/bin/curl -fs http://127.0.0.1:9000"
    assert of("check-gets-error", f"{asked}/s", cfg + own + "    stats uri /s\n") == []
    assert of("check-gets-error", f"{asked}/s", cfg + own) == ["error"]  # 503: its page is /haproxy?stats
    assert of("check-gets-error", f"{asked}/s", cfg + own.replace("    stats enable\n", "")) == ["error"]


SPOKEN = "printf 'GET /s HTTP/1.0\\r\\n\\r\\n' | nc -w 1 127.0.0.1 9000"


@pytest.mark.parametrize(
    "script",
    [
        SPOKEN,
        f"{SPOKEN} | grep -q HTTP",
        f"{SPOKEN} | grep -q '^HTTP/1.[01]'",
        f"{SPOKEN} | grep -q 'HTTP/1.1 [1345]03'",
        "exec 3<>/dev/tcp/127.0.0.1/9000; printf 'GET /s HTTP/1.0\\r\\n\\r\\n' >&3",
        "exec 3<>/dev/tcp/127.0.0.1/9000\nprintf 'GET /s HTTP/1.0\\r\\n\\r\\n' >&3\nread -t 1 line <&3",
    ],
)
@pytest.mark.parametrize("page", [STATS, STATS.replace("/s\n", "/other\n"), STATS + "    http-request deny\n"])
def test_a_script_that_speaks_http_may_be_content_with_any_answer(script: str, page: str) -> None:
    assert of("check-gets-error", PATH, SOUND + page, script=f"#!/bin/bash\n{script}\n") == []


@pytest.mark.parametrize("looks", ["grep -q '200 OK'", "grep -q 'HTTP/1.1 401'"])
def test_a_script_that_speaks_http_may_bring_the_password_or_want_none(looks: str) -> None:
    request = SPOKEN.replace("HTTP/1.0", "HTTP/1.0\\r\\nAuthorization: Basic eA==")
    assert of("check-gets-error", PATH, SOUND + STATS, script=f"#!/bin/bash\n{request} | {looks}\n") == []


def test_a_script_that_speaks_http_and_wants_200() -> None:
    script = f"#!/bin/sh\n{SPOKEN} | grep -q '200 OK'\n"
    other = STATS.replace("/s\n", "/other\n")
    assert of("check-gets-error", PATH, SOUND + other, script=script) == ["error"]


@pytest.mark.parametrize("options", ['"${OPTS[@]}"', "$OPTS", '"$AUTH"'])
def test_options_that_are_not_known(options: str) -> None:
    """A password, or a certificate, may be among them."""
    asked = f"#!/bin/bash\ncurl -fs {options} "
    assert of("check-gets-error", PATH, SOUND + STATS, script=f"{asked}http://127.0.0.1:9000/s\n") == []
    assert of("check-doubts-certificate", PATH, TLS, script=f"{asked}https://127.0.0.1/\n") == []


@pytest.mark.parametrize(
    "command, severities",
    [
        ("/usr/bin/curl -sf https://127.0.0.1/alive", ["warning"]),
        ("/usr/bin/curl -s -m 2 https://localhost:443/", ["warning"]),
        ("/usr/bin/wget -q https://192.0.2.10/", ["warning"]),
        ("/usr/bin/curl -skf https://127.0.0.1/alive", []),
        ("/usr/bin/curl --insecure https://127.0.0.1/alive", []),
        ("/usr/bin/curl --cacert /etc/ca.pem https://127.0.0.1/", []),
        ("/usr/bin/wget --no-check-certificate https://127.0.0.1/", []),
        ("/usr/bin/curl --resolve www.example.com:443:127.0.0.1 https://www.example.com/", []),
        ("/usr/bin/openssl s_client -connect 127.0.0.1:443", []),
    ],
)
def test_a_certificate_for_an_address(command: str, severities: list[str]) -> None:
    assert of("check-doubts-certificate", command, TLS) == severities
    assert of("check-doubts-certificate", command, SOUND) == []


@pytest.mark.parametrize(
    "script, user, severities",
    [
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log\npgrep haproxy\n", "nobody", ["warning"]),
        ("#!/bin/bash -e\nLOG=/var/log/chk.log\ndate >>$LOG\npgrep haproxy\n", "nobody", ["warning"]),
        ("#!/bin/sh\nset -euo pipefail\necho now > /run/chk\npgrep haproxy\n", "nobody", ["warning"]),
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log\npgrep haproxy\n", "root", []),
        ("#!/bin/sh\ndate >> /var/log/chk.log\npgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\npgrep haproxy > /dev/null\n", "nobody", []),
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log || true\npgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log 2>&1 || :\npgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\ndate >> /var/log/chk.log && pgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\nif ! date >> /var/log/chk.log; then :; fi\npgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\nset +e\ndate >> /var/log/chk.log\npgrep haproxy\n", "nobody", []),
        ("#!/bin/sh\nset -e\ntrue && date >> /var/log/chk.log; pgrep haproxy || exit 1\n", "nobody", ["warning"]),
        ("#!/bin/sh\nset -e\ndate > /tmp/chk\npgrep haproxy 2>/var/log/x\n", "nobody", []),
    ],
)
def test_a_file_that_the_check_may_not_write(script: str, user: str, severities: list[str]) -> None:
    assert of("check-may-not-write", PATH, script=script, lines=f"user {user}") == severities


@pytest.mark.parametrize(
    "rules, port, told",
    [
        (("connect", "expect string role:master"), 6379, True),
        (("connect port 25", "expect rstring ^220", "connect port 6379", "send PING\\r\\n"), 6379, False),
        (("connect", "expect string x", "connect port 25", "expect rstring ^220"), 6379, True),
        (("expect string x", "send PING\\r\\n"), 6379, True),
        (("connect port 6379", "expect string x"), 7000, True),
        (("connect", "send PING\\r\\n", "expect string +PONG"), 6379, False),
        (("expect rstring ^220",), 25, False),
        (("connect",), 6379, False),
    ],
)
def test_a_server_that_speaks_only_when_asked(rules: tuple[str, ...], port: int, *, told: bool) -> None:
    lines = "".join(f"    tcp-check {each}\n" for each in rules)
    cfg = SOUND.replace("backend app\n    server", f"backend app\n    option tcp-check\n{lines}    server")
    cfg = cfg.replace("8080", str(port)).replace("mode http", "mode tcp")
    number = 9 + next((n for n, each in enumerate(rules, 1) if "expect" in each), 0)
    assert found("health-check-never-asks", two(cfg)) == ([("warning", f"haproxy.cfg:{number}")] if told else [])
    assert found("health-check-never-asks", two(cfg.replace("    option tcp-check\n", ""))) == []


TCP = SOUND.replace("mode http", "mode tcp") + "frontend alive\n    bind *:9090\n    monitor-uri /alive\n"


def test_a_page_in_mode_tcp_is_none() -> None:
    command = "/usr/bin/curl -s http://127.0.0.1:9090/alive"
    assert of("check-gets-error", command, TCP) == ["error"]
    assert of("check-gets-error", command, TCP + "    mode http\n") == []
    assert of("check-gets-error", command, TCP + '    mode "${MODE}"\n') == []
    assert of("check-gets-error", command, TCP + "    default_backend app\n") == []
    assert of("check-gets-error", command, TCP + "    tcp-request content switch-mode http\n") == []
    assert of("check-gets-error", "/usr/bin/nc -z 127.0.0.1 9090", TCP) == []


ALIVE = "frontend alive\n    bind *:9090\n"
RETURN = "    http-request return status 200 content-type text/plain string ok if { path /alive }\n"


@pytest.mark.parametrize(
    "page", ["    monitor-uri /alive\n", RETURN, "    http-request deny if { path /x }\n" + RETURN]
)
@pytest.mark.parametrize(
    "script, told",
    [
        ("curl -s http://127.0.0.1:9090/alive | grep -q 'service up'", True),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP || exit 1", True),
        ('B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *"service up"*) exit 0 ;;\nesac\nexit 1', True),
        ("curl -s http://127.0.0.1:9090/alive | grep -qi OK", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -qv UP", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q DOWN && exit 1\nexit 0", False),
        ("if curl -s http://127.0.0.1:9090/alive | grep -q DOWN; then\n  exit 1\nfi", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP\npgrep -x haproxy", False),
        ("B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *DOWN*) exit 1 ;;\nesac\nexit 0", False),
        ("B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *UP*) exit 0 ;;\n *) exit 0 ;;\nesac\nexit 1", False),
        ("B=$(curl -s http://127.0.0.1:9090/alive)\ncase $B in\n *ok*|*UP*) exit 0 ;;\nesac\nexit 1", False),
        ("curl -s http://127.0.0.1:9090/alive | grep UP > /dev/null 2>&1; exit $?", True),
        ("curl -si http://127.0.0.1:9090/alive | grep -q 'HTTP/1.1'", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q 'up\\|ok'", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q $WORD", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP || curl -s http://127.0.0.1/ | grep -q ok", False),
        ("if ! curl -s http://127.0.0.1:9090/alive | grep -q DOWN; then exit 0; fi", False),
        ("curl -s http://127.0.0.1:80/alive | grep -q UP", False),  # a server's page
        ("curl -s http://127.0.0.1:9090/alive | grep -q DOWN || exit 0; exit 1", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q UP || exit 01", True),
        ("curl -s http://127.0.0.1:9090/alive | grep -q .", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -qi o.", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -q u.p", True),
        ("curl -s http://127.0.0.1:9090/alive | grep -qL UP", False),
        ("curl -s http://127.0.0.1:9090/alive | grep -qf words", False),
        ("wget --spider http://127.0.0.1:9090/alive 2>&1 | grep -q 'Remote file exists'", False),
        ("wget -qS -O /dev/null http://127.0.0.1:9090/alive 2>&1 | grep -q 'HTTP/1.1'", False),
        ("wget -qO- http://127.0.0.1:9090/alive | grep -q UP", True),
        ("B=$(curl -sf http://127.0.0.1:9090/alive) || exit 1\nsystemctl is-active haproxy | grep -q active", False),
        ('B=$(curl -sf http://127.0.0.1:9090/alive)\necho "$B" | grep -q UP', True),
        ('B="$(curl -sf http://127.0.0.1:9090/alive)"\necho "$B" | grep -q UP', True),
        ("curl -s http://127.0.0.1:9090/alive | wc -c | grep -q 7", False),
        (
            "B=$(curl -s http://127.0.0.1:9090/alive)\nS=$(id -un)\ncase $S in\n *nobody*) exit 0 ;;\nesac\nexit 1",
            False,
        ),
    ],
)
def test_a_word_that_the_page_lacks(page: str, script: str, *, told: bool) -> None:
    found_on = of("check-waits-for-word", PATH, SOUND + ALIVE + page, script=f"#!/bin/sh\n{script}\n")
    assert found_on == (["error"] if told else [])


@pytest.mark.parametrize(
    "line", ["errorfile 200 /etc/haproxy/up.http", "errorfiles pages", "http-error status 200 string UP",
             "errorloc 200 http://192.0.2.9/"],
)  # fmt: skip
@pytest.mark.parametrize("inherited", [True, False])
def test_a_page_of_its_own_for_the_monitor(line: str, *, inherited: bool) -> None:
    script = "#!/bin/sh\ncurl -s http://127.0.0.1:9090/alive | grep -q UP\n"
    alive = f"{ALIVE}    monitor-uri /alive\n"
    cfg = SOUND.replace("mode http", f"mode http\n    {line}") + alive if inherited else f"{SOUND}{alive}    {line}\n"
    assert of("check-waits-for-word", PATH, cfg, script=script) == []
    other = cfg.replace("200", "503").replace("errorfiles pages", "")
    assert of("check-waits-for-word", PATH, other, script=script) == ["error"]
