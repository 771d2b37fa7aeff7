"""What must be answered where, from short texts of haproxy.cfg."""

import re
from pathlib import Path

import msgspec
import pytest
from stand_in import place as program

from harness.site import pair_file
from harness.site.site import HAPROXY, Site, SiteFile, SiteNode
from harness.site.stand_in import Exchange, HttpAnswer, Place, StandIns
from harness.site.stand_ins import SiteStandIns, stand_ins

DATA = Path(__file__).parents[2] / "data"
TABLE = (DATA / "stand_ins" / "haproxy.cfg").read_text()


def node(text: str, name: str = "lb1", address: str = "192.0.2.11/24", **files: str) -> SiteNode:
    every = [("haproxy.cfg", HAPROXY, text), *((key, f"/etc/haproxy/{key}.pem", each) for key, each in files.items())]
    return SiteNode(name, tuple(SiteFile(s, p, t.encode(), 0o644) for s, p, t in every), {"eth0": (address,)}, name)


def site(text: str, **hosts: str) -> Site:
    return Site({"lb1": node(text)}, hosts=hosts)


def made(text: str, **hosts: str) -> SiteStandIns:
    return stand_ins(site(text, **hosts))


def place(text: str, at: str = "192.0.2.21:80") -> Place:
    found = {f"{each.address}:{each.port}": each for each in made(text).servers.places}
    assert at in found, found.keys()
    return found[at]


def http(checks: str, server: str = "check") -> tuple[HttpAnswer, ...]:
    return place(f"backend b\n mode http\n{checks}\n server s 192.0.2.21:80 {server}\n").http


def said(checks: str) -> list[tuple[bytes | None, bytes]]:
    """(heard, said) of the only dialogue."""
    (dialogue,) = place(f"backend b\n option tcp-check\n{checks}\n server s 192.0.2.21:80 check\n").dialogues
    return [(each.hear, each.say) for each in dialogue]


def test_the_table_has_an_answer_for_every_server_but_that_of_a_program() -> None:
    found = stand_ins(Site({"lb1": node(TABLE, address="10.77.9.1/24")}))
    assert (len(found.servers.places), len(found.servers.addresses)) == (55, 49)  # one is the name server's
    assert ["external-check" in each.said for each in found.unsupported] == [True]
    assert {each.split("/")[0] for named in found.named for each in named.servers} == {
        *re.findall(r"^backend (\w+)", TABLE, re.MULTILINE)
    }


def test_the_program_reads_what_is_written() -> None:
    """Both shapes are one: every field arrives, with its bytes."""
    servers = stand_ins(Site({"lb1": node(TABLE, address="10.77.9.1/24")})).servers
    read = program.read(msgspec.json.decode(msgspec.json.encode(servers)))
    again = [msgspec.convert(each, Place, from_attributes=True) for each in read.places]
    assert tuple(again) == servers.places
    assert (read.names, read.nameservers) == (servers.names, servers.nameservers)
    assert (read.certified, read.balancers) == (servers.certified, servers.balancers)
    assert msgspec.json.decode(msgspec.json.encode(servers), type=StandIns) == servers


EVERYTHING = """\
 option httpchk
 http-check expect status 203
 http-check expect string x
 http-check expect hdr name A value v"""


@pytest.mark.parametrize(
    "lines, answer",
    [
        (" option httpchk", ()),
        (" option httpchk GET /up", ()),
        (" option httpchk GET /up\n http-check expect status 200-299,404", (HttpAnswer("GET", "/up"),)),
        (" option httpchk /up\n http-check expect status 204", (HttpAnswer("OPTIONS", "/up", 204),)),
        (" option httpchk HEAD /up HTTP/1.0\n http-check expect ! status 200", (HttpAnswer("HEAD", "/up", 204),)),
        (" option httpchk\n http-check expect rstatus ^5", (HttpAnswer("OPTIONS", "/", 500),)),
        (" option httpchk GET /\n http-check expect ! rstatus [2345]..", None),
        (' option httpchk\n http-check expect string "ok: 1"', (HttpAnswer("OPTIONS", "/", body="ok: 1"),)),
        (
            " option httpchk\n http-check send meth GET uri /s\n http-check expect rstring ^up[0-9]+\\.$",
            (HttpAnswer("GET", "/s", body="up0."),),
        ),
        (EVERYTHING, (HttpAnswer("OPTIONS", "/", 203, (("A", "v"),), "x"),)),
        (" option httpchk\n http-check expect string-lf %[env(X)]", None),
        (" option httpchk\n http-check expect rstring (?<=x", None),
    ],
)
def test_http_checks(lines: str, answer: tuple[HttpAnswer, ...] | None) -> None:
    """None: it cannot be answered, which is said with its line; the server is there all the same."""
    found = made(f"backend b\n mode http\n{lines}\n server s 192.0.2.21:80 check\n")
    assert [each.line for each in found.unsupported] == ([4] if answer is None else [])
    assert found.servers.places[0].http == (answer or ())


def test_a_body_that_must_not_be_there_is_not() -> None:
    (answer,) = http(" option httpchk\n http-check expect ! string stand-in")
    assert answer.body
    assert "stand-in" not in answer.body


def test_requests_of_one_check_and_ports_of_its_connections() -> None:
    text = (
        "backend b\n mode http\n option httpchk\n http-check connect port 81 ssl\n http-check send meth GET uri /a\n"
        " http-check expect status 500\n http-check send meth GET uri /b\n http-check expect status 404\n"
        " http-check connect addr 192.0.2.99 port 82 send-proxy\n http-check send uri /c\n"
        " server s 192.0.2.21:80 check\n"
    )
    assert place(text, "192.0.2.21:81").http == (HttpAnswer("GET", "/a", 500), HttpAnswer("GET", "/b", 404))
    assert place(text, "192.0.2.21:81").tls
    assert place(text, "192.0.2.99:82").proxied
    assert place(text, "192.0.2.21:80").http == ()


RESPONSE = re.compile(rb"HTTP/1\.0 200 OK\r\n.*\r\n\r\nok", re.DOTALL)


@pytest.mark.parametrize(
    "lines, exchanges",
    [
        (" tcp-check send PING\\r\\n\n tcp-check expect string +PONG", [(b"PING\r\n", b"+PONG")]),
        (" tcp-check expect rstring ^SSH-2", [(b"", b"SSH-2")]),
        (" tcp-check send-binary 00ff\n tcp-check expect binary 01fe", [(b"\0\xff", b"\1\xfe")]),
        (" tcp-check send a\n tcp-check send b\n tcp-check expect string c\n tcp-check send q",
         [(b"ab", b"c"), (b"q", b"")]),
        (' tcp-check send-lf "x %[str(y)]"\n tcp-check expect rbinary ^6f6b', [(None, b"ok")]),
        (" tcp-check expect string a\n tcp-check expect string b", [(b"", b"ab")]),
        (" tcp-check send a\n tcp-check expect ! string b", [(b"a", b"stand-in\r\n")]),
    ],
)  # fmt: skip
def test_tcp_checks(lines: str, exchanges: list[tuple[bytes | None, bytes]]) -> None:
    assert said(lines) == exchanges


def test_a_tcp_check_that_speaks_http_gets_http() -> None:
    sent = " tcp-check send GET\\ /\\ HTTP/1.0\\r\\n\\r\\n\n tcp-check expect string "
    assert RESPONSE.fullmatch(said(sent + '"HTTP/1.0 200"')[0][1])
    assert said(sent + "SPECIAL")[0][1] == b"SPECIAL"


@pytest.mark.parametrize(
    "lines, first",
    [
        (" option mysql-check user h", b"\x0a8.0"),
        (" option smtpchk EHLO a", b"220 "),
        (" option tcp-check\n option mysql-check", b"\x0a8.0"),
        (" option mysql-check\n no option mysql-check", None),
        (" option pgsql-check user p", None),
        (" option redis-check", None),
        (" option tcp-check\n tcp-check connect", None),
    ],
)
def test_who_speaks_first(lines: str, first: bytes | None) -> None:
    found = place(f"backend b\n{lines}\n server s 192.0.2.21:80 check\n").dialogues
    assert [each[0].hear for each in found] == ([b""] if first else [])
    assert not first or first in found[0][0].say


def test_checks_come_from_the_defaults_unless_a_backend_has_its_own() -> None:
    text = (
        "defaults\n option httpchk GET /d\n http-check expect status 404\n default-server check port 81\n"
        "backend a\n server s 192.0.2.21:80\nbackend b\n http-check expect status 500\n server s 192.0.2.22:80\n"
        "backend c\n option tcp-check\n server s 192.0.2.23:80\n"
    )
    assert place(text, "192.0.2.21:81").http == (HttpAnswer("GET", "/d", 404),)
    assert place(text, "192.0.2.22:81").http == (HttpAnswer("GET", "/d", 500),)
    assert place(text, "192.0.2.23:81").http == ()


@pytest.mark.parametrize(
    "settings, at",
    [
        ("", {"192.0.2.21:80"}),
        ("check", {"192.0.2.21:80"}),
        ("check port 81", {"192.0.2.21:80", "192.0.2.21:81"}),
        ("check addr 192.0.2.22", {"192.0.2.21:80", "192.0.2.22:80"}),
        ("check addr 192.0.2.22 port 81", {"192.0.2.21:80", "192.0.2.22:81"}),
        ("check port 81 no-check", {"192.0.2.21:80"}),
        ("track a/s", {"192.0.2.21:80"}),
        ("agent-check agent-port 99", {"192.0.2.21:80", "192.0.2.21:99"}),
        ("agent-check agent-port 99 agent-addr 192.0.2.22", {"192.0.2.21:80", "192.0.2.22:99"}),
    ],
)
def test_places_of_a_server(settings: str, at: set[str]) -> None:
    found = made(f"backend b\n server s 192.0.2.21:80 {settings}\n")
    assert {f"{each.address}:{each.port}" for each in found.servers.places} == at
    assert {each.port for each in found.servers.places if each.agent} == ({99} if "agent" in settings else set())


def test_a_banner_is_for_tcp_without_a_check_by_http() -> None:
    assert place("backend b\n server s 192.0.2.21:80 check\n").banner
    assert not place("backend b\n mode http\n server s 192.0.2.21:80 check\n").banner
    assert not place("backend b\n option httpchk\n server s 192.0.2.21:80 check\n").banner
    assert place("backend b\n option httpchk\n server s 192.0.2.21:80 check port 81\n").banner


def test_tls_and_proxy_headers_are_known() -> None:
    text = "backend b\n server s 192.0.2.21:80 check {}\n"
    assert [place(text.format(each)).tls for each in ("ssl", "check-ssl", "no-ssl", "")] == [True, True, False, False]
    assert [place(text.format(each)).proxied for each in ("send-proxy", "send-proxy-v2", "")] == [True, True, False]


def test_a_server_without_a_port_has_those_of_its_frontends() -> None:
    text = "frontend f\n bind :80-82\n bind :90\n default_backend b\nbackend b\n server s 192.0.2.21\n"
    assert [each.port for each in made(text).servers.places] == [80, 81, 82, 90]


def test_names_get_addresses_that_no_site_has() -> None:
    text = (
        "backend a\n server s given.example:80\n server t web.example:80\n"
        "backend b\n server-template p 2-4 pool.example:80 resolvers r\n server q pool.example:81\n"
        "backend c\n server s lb2:80\n server t localhost:80\n"
        "resolvers r\n nameserver n 192.0.2.53:53\n nameserver m dns.example:54\n"
    )
    whole = Site({"lb1": node(text), "lb2": node("", "lb2", "192.0.2.12/24")}, hosts={"given.example": "192.0.2.77"})
    found = stand_ins(whole)
    assert found.hosts["lb2"] == "192.0.2.12"
    assert found.hosts.keys() == {"web.example", "pool.example", "lb2", "dns.example"}
    pool = found.servers.names["pool.example"]
    assert len(set(pool)) == 5  # four places of the template, and one server
    assert all(each.startswith("198.18.") for each in (*pool, found.hosts["web.example"]))
    assert found.servers.nameservers == (("192.0.2.53", 53), (found.hosts["dns.example"], 54))
    at = {each.address for each in found.servers.places}
    assert {"192.0.2.77", *pool} <= at
    assert "192.0.2.12" not in at
    assert [each.address for each in found.own["lb2"].places] == ["192.0.2.12"]
    assert [each.address for each in found.own["lb1"].places] == ["127.0.0.1"]


def test_a_server_on_the_balancer_is_its_own_unless_haproxy_listens_there() -> None:
    text = (
        "frontend f\n bind 127.0.0.1:81\n bind :82\n"
        "backend b\n server a 127.0.0.1:81\n server b 192.0.2.11:82\n server c 127.0.0.1:83\n server d 192.0.2.11:84\n"
    )
    found = made(text)
    assert [(each.address, each.port) for each in found.own["lb1"].places] == [("127.0.0.1", 83), ("192.0.2.11", 84)]
    assert not found.servers.places
    assert {each.node for each in found.named} == {"lb1"}


def test_no_stand_in_is_at_a_vip() -> None:
    text = "frontend f\n bind 192.0.2.10:80\nbackend b\n server a 192.0.2.10:80\n server b 192.0.2.10:81\n"
    found = stand_ins(site(text), vips=["192.0.2.10"])
    assert not found.servers.places
    assert [(each.line, "VIP" in each.said) for each in found.unsupported] == [(5, True)]


def test_nodes_share_what_both_say_and_differences_are_named() -> None:
    lines = (
        "backend b\n mode http\n option httpchk GET /a\n http-check expect status {}\n server s 192.0.2.21:80 check\n"
    )
    same = stand_ins(Site({"lb1": node(lines.format(200)), "lb2": node(lines.format(200), "lb2", "192.0.2.12/24")}))
    assert len(same.servers.places) == 1
    assert not same.unsupported
    assert same.servers.balancers == {"192.0.2.11": "lb1", "192.0.2.12": "lb2"}
    other = stand_ins(Site({"lb1": node(lines.format(200)), "lb2": node(lines.format(500), "lb2", "192.0.2.12/24")}))
    assert [(each.node, each.line) for each in other.unsupported] == [("lb2", 5)]


def test_a_server_that_must_say_two_things_first_is_named() -> None:
    server = " server s 192.0.2.21:25 check\n"
    text = f"backend a\n option smtpchk\n{server}backend b\n option {{}}\n{server}"
    assert [each.line for each in made(text.format("mysql-check")).unsupported] == [6]
    assert not made(text.format("smtpchk")).unsupported


@pytest.mark.parametrize(
    "text, line, word",
    [
        ("backend b\n option external-check\n server s 192.0.2.21:80 check\n", 2, "external-check"),
        ("backend b\n option spop-check\n server s 192.0.2.21:80 check\n", 2, "spop-check"),
        ("backend b\n server s 192.0.2.21:80 proto fcgi\n", 2, "FastCGI"),
        ("backend b\n use-fcgi-app php\n server s 192.0.2.21:80\n", 2, "FastCGI"),
        ("frontend f\n filter spoe engine e config /etc/haproxy/e.cfg\n", 2, "SPOE"),
        ("backend b\n server s unix@/run/x.sock\n", 2, "socket"),
        ("backend b\n server s 192.0.2.21:+10\n", 2, "known only"),
        ("backend b\n server s *:80\n", 2, "known only"),
        ("global\n lua-load /etc/haproxy/x.lua\n", 2, "Lua"),
        ("resolvers r\n parse-resolv-conf\n", 2, "resolv.conf"),
        ("program p\n command /usr/bin/x\n", 2, "program"),
        ("backend b\n server s 192.0.2.21:80 ssl ca-file @system-ca\n", 2, "authorities"),
        ("backend b\n option tcp-check\n tcp-check connect port %[var(x)]\n server s 192.0.2.21:80 check\n", 3, "port"),
    ],
)
def test_what_cannot_be_answered_is_said_by_line(text: str, line: int, word: str) -> None:
    (found,) = made(text).unsupported
    assert (found.path, found.line) == ("haproxy.cfg", line)
    assert word in found.said


def test_an_authority_that_the_site_brought_did_not_sign_our_certificate() -> None:
    text = (
        "global\n ca-base /etc/haproxy\nbackend b\n server s 192.0.2.21:80 ssl ca-file ca.pem verifyhost a.example {}\n"
    )
    brought = Site({"lb1": node(text.format(""), ca="certificate")})
    assert [each.line for each in stand_ins(brought).unsupported] == [4]
    assert not stand_ins(Site({"lb1": node(text.format("verify none"), ca="certificate")})).unsupported
    assert not made(text.format("")).unsupported
    assert made(text.format("sni str(b.example)")).servers.certified == ("a.example", "b.example")


@pytest.mark.parametrize("folder", sorted((DATA / "sites").iterdir()), ids=lambda path: path.name)
def test_every_server_of_a_real_site_has_its_place(folder: Path) -> None:
    if not (folder / pair_file.NAME).exists():
        pytest.skip("no pair.toml")
    whole = pair_file.read(folder)
    found = stand_ins(whole)
    assert not found.unsupported
    text = "".join(text for each in whole.nodes.values() for path, text in each.texts.items() if path.endswith(".cfg"))
    servers = set(re.findall(r"^\s+server\s+(\S+)\s", text, re.MULTILINE))
    assert servers <= {each.split("/")[1] for named in found.named for each in named.servers}


def test_exchanges_are_bytes() -> None:
    """Base64 in JSON, whatever they are."""
    given = Exchange(None, bytes(range(256)))
    assert msgspec.json.decode(msgspec.json.encode(given), type=Exchange) == given
