"""haproxy.cfg as HAProxy reads it: words, sections, what they inherit, and the facts that rules need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.units import ms, s
from harness.site.haproxy import Haproxy, read
from harness.site.haproxy_bind import HaproxyBind, address, binds
from harness.site.haproxy_limit import session_limit
from harness.site.haproxy_server import HaproxyServer, health_path, servers
from harness.site.haproxy_text import split
from harness.site.site import HAPROXY


def cfg(text: str) -> Haproxy:
    return read({HAPROXY: text})


@pytest.mark.parametrize(
    "line, words",
    [
        (r"log-format a\ b\#c # said", ["log-format", "a b#c"]),
        (r'"a # b \"c\" \$x" d', ['a # b "c" $x', "d"]),
        (r"'a # b \n $X' d", [r"a # b \n $X", "d"]),
        (r"reg ^/\d+\.js\s", ["reg", r"^/\d+\.js\s"]),
        (r"\x41\\\t.", ["A\\\t."]),
        ('one""two ""', ["onetwo", ""]),
        ('"$X" ${X} "${X}b" "${NONE-c}" "$NONE"', ["1", "${X}", "1b", "c", "$NONE"]),
        ("\tserver#comment", ["server"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert list(split(line, {"X": "1"})) == words


def test_a_setting_comes_from_the_defaults_that_from_names_else_from_the_last_one() -> None:
    haproxy = cfg(
        "defaults base\n maxconn 5\ndefaults more from base\n mode http\ndefaults\n maxconn 7\n"
        "frontend a\n bind :1\nfrontend b from more\n bind :2\nfrontend c from base\n maxconn 9\n"
    )
    limits = [session_limit(haproxy, frontend) for frontend in haproxy.frontends]
    assert [(each.sessions, each.line.number) for each in limits if each] == [(7, 6), (5, 2), (9, 12)]
    assert [frontend.http for frontend in haproxy.frontends] == [False, True, False]


def test_files_of_a_folder_follow_the_main_file_and_copies_beside_it_are_not_read() -> None:
    first, second = "/etc/haproxy/conf.d/10-a.cfg", "/etc/haproxy/conf.d/20-b.cfg"
    haproxy = read({second: "frontend b\n", first: "frontend a\n", HAPROXY: "global\n", "/etc/haproxy/old.cfg": "x"})
    assert [each.head.path for each in haproxy.sections] == [HAPROXY, first, second]
    assert [each.name for each in read({second: "frontend b\n"}).sections] == ["b"]


def test_both_branches_of_a_condition_count() -> None:
    haproxy = cfg("frontend a\n.if defined(X)\n bind :1\n.else\n bind :2\n.endif\n")
    assert [bind.address.ports for bind in binds(haproxy.frontends[0])] == [(1, 1), (2, 2)]


def test_a_variable_that_the_file_sets_is_known() -> None:
    haproxy = cfg('global\n setenv OTHER\n setenv VIP 192.0.2.10\nfrontend a\n bind "$VIP:80"\n bind "${OTHER}:80"\n')
    assert [bind.address.host for bind in binds(haproxy.frontends[0])] == ["192.0.2.10", ""]


@pytest.mark.parametrize(
    "text, host, ports",
    [
        (":80", "0.0.0.0", (80, 80)),
        ("*:80-90", "0.0.0.0", (80, 90)),
        (":::80", "::", (80, 80)),
        ("[::]:80", "::", (80, 80)),
        ("ipv6@:80", "::", (80, 80)),
        ("ipv4@192.0.2.1:80", "192.0.2.1", (80, 80)),
        ("2001:db8::1:443", "2001:db8::1", (443, 443)),
        ("lb.example.com:80", "", (80, 80)),
        ("unix@/run/x:1", "", (0, 0)),
        ("/run/x.sock", "", (0, 0)),
        ("192.0.2.1", "192.0.2.1", (0, 0)),
    ],
)
def test_addresses(text: str, host: str, ports: tuple[int, int]) -> None:
    found = address(text)
    assert (found.host, found.ports, found.socket) == (host, ports, "/" in text)


def bind(words: str) -> HaproxyBind:
    return next(binds(cfg(f"frontend a\n bind {words}\n").frontends[0]))


@pytest.mark.parametrize(
    "words, host, covered",
    [
        ("*:80", "192.0.2.1", True),
        ("*:80", "2001:db8::1", False),
        (":::80", "192.0.2.1", True),
        (":::80 v6only", "192.0.2.1", False),
        (":::80 v6only", "2001:db8::1", True),
        ("$X", "no address", False),
        ("192.0.2.1:80", "192.0.2.1", True),
        ("192.0.2.1:80", "192.0.2.2", False),
        ("unix@/run/x", "192.0.2.1", False),
    ],
)
def test_what_a_bind_covers(words: str, host: str, *, covered: bool) -> None:
    assert bind(words).covers(host) == covered


def test_a_bind_line_may_name_several_addresses() -> None:
    haproxy = cfg("frontend a\n bind 192.0.2.1:80,192.0.2.2:81 ssl crt x interface eth0 transparent maxconn 5\n")
    found = list(binds(haproxy.frontends[0]))
    assert [(each.address.host, each.address.ports[0]) for each in found] == [("192.0.2.1", 80), ("192.0.2.2", 81)]
    assert {(each.ssl, each.transparent, each.interface, each.maxconn) for each in found} == {(True, True, "eth0", 5)}


@pytest.mark.parametrize(
    "text, limit",
    [
        ("global\n maxconn 9\nfrontend a\n bind :1\n", (9, 2)),
        ("global\n maxconn 9\ndefaults\n maxconn 5\nfrontend a\n bind :1\n", (5, 4)),
        ("global\n maxconn 9\ndefaults\n maxconn 5\nfrontend a\n maxconn 0\n", (9, 2)),
        ("global\n maxconn 4\nfrontend a\n bind :1\n maxconn 5\n", (4, 2)),
        ("frontend a\n bind :1 maxconn 2\n bind :2 maxconn 1\n", (3, 3)),
        ("frontend a\n bind :1 maxconn 2\n bind :2\n", None),
    ],
)
def test_the_smallest_limit_holds(text: str, limit: tuple[int, int] | None) -> None:
    haproxy = cfg(text)
    found = session_limit(haproxy, haproxy.frontends[0])
    assert (found and (found.sessions, found.line.number)) == limit


def server(text: str) -> HaproxyServer:
    return next(servers(cfg(text).sections[-1]))


def test_a_server_has_what_default_server_lines_before_it_say() -> None:
    found = server(
        "defaults\n default-server inter 5s fall 9\nbackend b\n default-server check port 9200 fastinter 500 fall 4\n"
        " server a 192.0.2.1:80 fall 2 addr 192.0.2.9\n default-server fall 7\n"
    )
    assert (found.check, found.inter_ns, found.fall, found.rise) == (True, 5 * s, 2, 2)
    assert (found.check_address, found.check_port, found.detection_ns) == ("192.0.2.9", 9200, 5 * s + 500 * ms)


def test_a_template_counts_as_one_and_lines_that_lack_words_as_none() -> None:
    section = cfg(
        "backend b\n server a\n server-template web 1\n server-template web 1-3 a.example.com:80 check backup\n"
    )
    (found,) = servers(section.sections[0])
    assert (found.name, found.address.name, found.check, found.backup) == ("web", "a.example.com", True, True)
    assert (found.inter_ns, found.fall, found.rise, found.local) == (2 * s, 3, 2, False)


@pytest.mark.parametrize(
    "where, local", [("127.0.0.1:1", True), ("localhost:1", True), ("unix@/x", True), ("::2:1", False)]
)
def test_servers_on_the_balancer_itself(where: str, *, local: bool) -> None:
    found = server(f"backend b\n server a {where}\n")
    assert (found.local, found.backup) == (local, False)


@pytest.mark.parametrize(
    "words, check",
    [("check", True), ("", False), ("check no-check", False), ("track b/x", True), ("agent-check agent-port 1", True)],
)
def test_which_servers_are_asked(words: str, *, check: bool) -> None:
    assert server(f"backend b\n server a 192.0.2.1:80 {words}\n").check == check


@pytest.mark.parametrize(
    "lines, path",
    [
        ("option httpchk", "/"),
        ("option httpchk /a", "/a"),
        ("option httpchk GET /a", "/a"),
        ("option httpchk\n http-check send meth GET uri /b", "/b"),
        ("option tcp-check", None),
        ("option httpchk /a\n no option httpchk", None),
    ],
)
def test_the_path_of_a_health_check(lines: str, path: str | None) -> None:
    assert health_path(cfg(f"backend b\n {lines}\n").sections[0]) == path


TEXT = (
    "global defaults frontend listen backend bind server server-template default-server maxconn from inter fall check "
    "option httpchk no http-check send a :80 *:80-x 192.0.2.1:80 [::]:1 $X \" ' \\ # 5 -1 ² ٣ setenv"
)
WORDS = st.sampled_from(TEXT.split())


@given(st.one_of(st.text(), st.lists(st.lists(WORDS, max_size=6).map(" ".join)).map("\n".join)))
def test_any_text_is_read(text: str) -> None:
    haproxy = cfg(text)
    for each in haproxy.sections:
        list(binds(each))
        list(servers(each))
        health_path(each)
        session_limit(haproxy, each)
