"""What a check script asks, read from its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lint._asks import Ask, asks
from tests.lint_pairs import SITES


@pytest.mark.parametrize(
    "command, asked",
    [
        ("/usr/bin/curl -sf -m 1 -o /dev/null http://127.0.0.1/health", ("http", "127.0.0.1", 80, "/health", True)),
        ("curl -s -o /dev/null http://127.0.0.1/health", ("http", "127.0.0.1", 80, "/health", False)),
        ("curl -fsS localhost:8404/ready", ("http", "localhost", 8404, "/ready", True)),
        ("curl --fail --max-time 2 https://[::1]:8443", ("https", "::1", 8443, "/", True)),
        ("wget -q -O /dev/null 'http://lb.example.com:81/a?b=c'", ("http", "lb.example.com", 81, "/a?b=c", True)),
        ("curl -s -w '%{http_code}' http://u:p@127.0.0.1/ | grep 200", ("http", "127.0.0.1", 80, "/", True)),
        ("bash -c '</dev/tcp/127.0.0.1/3306'", ("connect", "127.0.0.1", 3306, None, True)),
        ("nc -z -w 2 127.0.0.1 3306", ("connect", "127.0.0.1", 3306, None, True)),
        ("/usr/bin/nc -zw2 lb 443", ("connect", "lb", 443, None, True)),
        ("echo 'GET /a HTTP/1.0' | nc 127.0.0.1 80 | grep OK", ("http", "127.0.0.1", 80, "/a", True)),
        ("echo 'GET /a HTTP/1.0' | nc 127.0.0.1 80 | grep HTTP", ("http", "127.0.0.1", 80, "/a", False)),
        ("echo 'GET /a HTTP/1.0' | nc 127.0.0.1 80", ("connect", "127.0.0.1", 80, None, True)),
        ("exec 3<>/dev/tcp/::1/80; echo 'HEAD /a HTTP/1.0' >&3; read a <&3", ("http", "::1", 80, "/a", False)),
        ("exec 3<>/dev/tcp/::1/80; echo 'HEAD /a HTTP/1.0' >&3; exec 3<&-", ("connect", "::1", 80, None, True)),
        ("openssl s_client -connect 127.0.0.1:443", ("tls", "127.0.0.1", 443, None, True)),
    ],
)
def test_a_command(command: str, asked: tuple[str, str, int, str | None, bool]) -> None:
    assert [tuple(ask)[:5] for ask in asks(command)] == [asked]


@pytest.mark.parametrize(
    "command, reads",
    [
        ("curl -sf http://127.0.0.1/", False),
        ("curl -sf http://127.0.0.1/ || exit 1", False),
        ("curl -s -w '%{http_code}' http://127.0.0.1/", True),
        ("curl -s http://127.0.0.1/ | grep -q ok", True),
        ("test $(curl -s http://127.0.0.1/) = ok", True),
        ("test `curl -s http://127.0.0.1/` = ok", True),
    ],
)
def test_what_reads_the_answer(command: str, reads: bool) -> None:  # noqa: FBT001
    assert [ask.reads for ask in asks(command)] == [reads]


@pytest.mark.parametrize("command", ["pidof haproxy", "killall -0 haproxy", "curl http://127.0.0.1:$PORT/", "", "'"])
def test_nothing_that_can_be_told(command: str) -> None:
    assert asks(command) == ()


SCRIPT = """\
#!/bin/sh
# curl -f http://127.0.0.1/comment
host=127.0.0.1 # here
url="http://${host}:${port:-8080}/health"
echo "asking http://example.com/"
echo "no http://example.com/ here" >&2
code=$(curl -s -o /dev/null \\
    "$url")
curl -f http://$1/$path
"""


def test_a_script_with_variables() -> None:
    assert asks("/check.sh", [SCRIPT]) == (
        Ask("http", "127.0.0.1", 8080, "/health", strict=True, reads=True),
        Ask("http", "", 80, None, strict=True),
    )


def test_the_script_of_kubeadm() -> None:
    text = (SITES / "kubeadm-curl" / "check_apiserver.sh").read_text()
    assert asks("x", [text]) == (Ask("https", "", 8443, "/readyz", strict=False, unverified=True),)


@pytest.mark.parametrize(
    "ending, kind",
    [
        ("[ $? -eq 7 ] && echo dead && false", "connect"),
        ('if [ "$?" = 7 ]; then\n  exit 1\nfi', "connect"),
        ('rc=$?\nif [ "$rc" -eq 7 ]; then exit 1; fi', "connect"),
        ("[ $? -eq 7 ] && exit 1\nexit 0", "connect"),
        ("[ $? -ne 7 ]", "connect"),
        ("curl -s http://127.0.0.1/ && exit 0\n[ $? -eq 7 ] && exit 1", "http"),
        ("case $? in\n7) exit 1 ;;\nesac", "connect"),
        ("rc=$?\n[ $rc -eq 7 ] && exit 1\n[ $rc -eq 28 ] && exit 1", "http"),
        ("[ $? -ne 0 ] && exit 1", "http"),
        ("[ $? -eq 70 ]", "http"),
        ("", "http"),
    ],
)
def test_of_curl_a_refused_connection_alone(ending: str, kind: str) -> None:
    """Status 7: HAProxy's own 503, and a server's time-out, are no failure of such a script."""
    found = asks("/check.sh", [f"#!/bin/sh\ncurl -s -o /dev/null http://127.0.0.1/\n{ending}\n"])
    assert {each.kind for each in found} == {kind}


@given(st.text() | st.text("curl htp:/[]$\"'\\#=(){}|80\n -nc.1"))
def test_any_text_is_read(text: str) -> None:
    asks(text, [text])
