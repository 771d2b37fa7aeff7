"""The URL-like word by which a vantage point says what it asks."""

import re
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.endpoint import Endpoint, endpoint
from harness.model.errors import BadValue
from locustfiles.http import ask

LABEL = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,5}[A-Za-z_]", fullmatch=True)
HOST = st.lists(LABEL, min_size=1, max_size=4).map(".".join) | st.ip_addresses(v=4).map(str)
PATH = st.from_regex(r"/[!-\"%-~]*", fullmatch=True)
PORT = st.integers(1, 65535)
HTTP = st.builds(Endpoint, st.sampled_from(["http", "https"]), HOST, PORT, PATH, st.integers(200, 599))
TCP = st.builds(Endpoint, st.just("tcp"), HOST, PORT)


@pytest.mark.parametrize(
    "asks, read",
    [
        ("http://www.example.com", Endpoint("http", "www.example.com", 80)),
        ("https://www.example.com:8443/ready?x=1", Endpoint("https", "www.example.com", 8443, "/ready?x=1")),
        ("https://10.77.0.100/", Endpoint("https", "10.77.0.100", 443)),
        ("http://Localhost:443/a//b?", Endpoint("http", "Localhost", 443, "/a//b?")),
        ("tcp://db_1.example.com:3306", Endpoint("tcp", "db_1.example.com", 3306)),
    ],
)
def test_it_is_read(asks: str, read: Endpoint) -> None:
    assert endpoint(asks) == read


@given(HTTP | TCP)
def test_what_is_written_is_read_as_the_same(written: Endpoint) -> None:
    assert endpoint(written.url, None if written.kind == "tcp" else written.expect) == written


WRONG = [
    ("", "valid is http://HOST"),
    ("www.example.com", "valid is http://HOST"),
    ("HTTP://x", "valid is http://HOST"),
    ("ftp://x", "valid is http://HOST"),
    ("http://", "HOST is a host name or an IPv4 address"),
    ("http://user@x", "HOST is a host name"),
    ("http://-x.example", "HOST is a host name"),
    ("http://a..b", "HOST is a host name"),
    ("http://x.", "HOST is a host name"),
    ("http://bücher.example", "HOST is a host name"),
    ("http://10.77.0.256", "HOST is a host name"),
    ("http://10.77.0", "HOST is a host name"),
    ("http://[2001:db8::1]/", "valid is http://HOST"),
    ("http://" + "a" * 64, "HOST is a host name"),
    ("http://" + ".".join(["abcdefgh"] * 30), "HOST is a host name"),
    ("http://x:0", "PORT is a number from 1 to 65535"),
    ("http://x:65536", "PORT is a number"),
    ("http://x:٣", "valid is http://HOST"),
    ("http://x?a=b", "valid is http://HOST"),
    ("http://x/a b", "PATH has no space"),
    ("http://x/a#b", "PATH has no space, no #"),
    ("http://x/$HOME", "no $ (write %24)"),
    ("http://x/a\n", "PATH has no space"),
    ("tcp://x", "tcp needs a port and has no path"),
    ("tcp://x:1/", "tcp needs a port and has no path"),
]


@pytest.mark.parametrize("asks, said", WRONG)
def test_what_is_wrong_is_told_with_what_is_valid(asks: str, said: str) -> None:
    with pytest.raises(BadValue, match=re.escape(f"asks of customer-1 is {asks!r}; valid is http://")) as caught:
        endpoint(asks, vantage="customer-1")
    assert said in str(caught.value)


URL_LIKE = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "tcp", "ws"]),
    HOST | st.text(max_size=8),
    st.just("") | PORT.map(":{}".format) | st.text(max_size=4),
    st.just("") | PATH | st.text(max_size=8),
)

CLIENT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@given(st.text() | URL_LIKE, st.none() | st.integers())
def test_any_text_is_an_endpoint_that_can_be_asked_or_is_refused(asks: str, expects: int | None) -> None:
    """What is read fits into a handshake and into HTTP."""
    try:
        read = endpoint(asks, expects)
    except BadValue:
        return
    assert 200 <= read.expect <= 599
    CLIENT.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=read.host)
    _, data = ask(f"GET {read.path}", read.host, "", keep_alive=False)
    assert data.startswith(f"GET {read.path} HTTP/1.1\r\nHost: {read.host}\r\n".encode())


@pytest.mark.parametrize("host", ["a" * 63, ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])])
def test_a_host_name_is_as_long_as_dns_lets_it(host: str) -> None:
    """RFC 1035, section 2.3.4: 63 bytes in a label, and 253 in all without the final dot."""
    assert endpoint(f"http://{host}").host == host
    with pytest.raises(BadValue, match="HOST is a host name"):
        endpoint(f"http://{host}a")


@pytest.mark.parametrize("port", [1, 65_535])
def test_the_first_port_and_the_last(port: int) -> None:
    assert endpoint(f"tcp://x:{port}").port == port


@pytest.mark.parametrize("status, valid", [(199, False), (200, True), (599, True), (600, False), (0, False)])
def test_a_status_is_a_final_one_of_http(status: int, valid: bool) -> None:  # noqa: FBT001 - a column
    if valid:
        assert endpoint("http://x", status).expect == status
        return
    with pytest.raises(BadValue, match=r"expects of customer-1 is .* an HTTP status from 200 to 599"):
        endpoint("http://x", status, "customer-1")


def test_where_nothing_is_said_the_answer_is_200_and_tcp_has_none() -> None:
    assert (endpoint("http://x").expect, endpoint("http://x").path, Endpoint("tcp", "x", 1).expect) == (200, "/", 200)
    with pytest.raises(BadValue, match="no value: a tcp endpoint has no status"):
        endpoint("tcp://x:1", 200)


@pytest.mark.parametrize("url", ["http://x/", "https://x/a", "http://x:443/", "https://x:80/", "tcp://x:80"])
def test_only_a_port_that_is_not_usual_is_shown(url: str) -> None:
    assert endpoint(url).url == url
