"""route-never-reached, map-names-no-backend, sni-not-awaited, one-error-marks-down, name-server-is-vip, and names that
lead back."""

import pytest

from tests.lint_pairs import SOUND, found, two

API = "backend api\n    server a1 192.0.2.31:80 check\n"
MAP = "/etc/haproxy/hosts.map"
ROUTED = SOUND.replace("    default_backend app\n", "")
SNI = ROUTED.replace("mode http", "mode tcp")


def of(rule: str, *lines: str, cfg: str = SOUND, more: str = API, files: dict[str, str] | None = None) -> list[str]:
    """`lines`: behind the bind on line 6. The places."""
    text = cfg.replace("*:80", "\n    ".join(("*:80", *lines))) + more
    return [place for severity, place in found(rule, two(text, files=files)) if severity == "warning"]


@pytest.mark.parametrize(
    "lines",
    [
        ("use_backend app if { path_beg / }", "use_backend api if { path_beg /api }"),
        ("use_backend app", "use_backend api if { path_beg /api }"),
        ("use_backend app if { path_beg / } or { path /x }", "use_backend %[path]"),
    ],
)
def test_a_route_behind_one_that_takes_all(lines: tuple[str, ...]) -> None:
    assert of("route-never-reached", *lines) == ["haproxy.cfg:7"]


@pytest.mark.parametrize(
    "lines",
    [
        ("use_backend api if { path_beg /api }", "use_backend app if { path_beg / }"),
        ("use_backend app if { path_beg / } { hdr(host) x }", "use_backend api if { path_beg /api }"),
        ("use_backend app", "use_backend app if { path_beg /api }"),
        ("use_backend %[path,map(/m)]", "use_backend api if { path_beg /api }"),
        (".if defined(X)", "use_backend app", ".else", "use_backend api", ".endif"),
    ],
)
def test_routes_that_are_reached(lines: tuple[str, ...]) -> None:
    assert of("route-never-reached", *lines) == []


@pytest.mark.parametrize("converter", ["map", "map_dom", "map_str", "map_beg"])
def test_the_value_for_what_the_map_lacks(converter: str) -> None:
    line = f"use_backend %[req.hdr(host),lower,{converter}({MAP},ap)]"
    assert of("map-names-no-backend", line, cfg=ROUTED) == ["haproxy.cfg:7"]
    assert of("map-names-no-backend", line) == ["haproxy.cfg:7"]
    assert of("map-names-no-backend", line.replace(",ap)", ",app)")) == []


def test_a_line_of_the_map() -> None:
    text = "# names\nwww.example.com app\n\nshop.example.com shopp\napi.example.com   api\n"
    line = f"use_backend %[req.hdr(host),lower,map({MAP})]"
    assert of("map-names-no-backend", line, files={MAP: text}) == ["hosts.map:4"]
    assert of("map-names-no-backend", line, files={MAP: text.replace("shopp", "app")}) == []
    assert of("map-names-no-backend", line, files={MAP: "www.example.com\tapp\nshop.example.com\t shopp\n"}) == [
        "hosts.map:2"
    ]
    assert of("map-names-no-backend", line.replace("map(", "map_regm("), files={MAP: "^(.*)$ \\1\n"}) == []
    assert of("map-names-no-backend", line) == []


@pytest.mark.parametrize(
    "word",
    [f"bk_%[req.hdr(host),map({MAP},www)]", f"%[req.hdr(host),map({MAP},www),lower]", "%[req.hdr(host)]", "nowhere"],
)
def test_what_the_map_says_is_a_part_of_the_name(word: str) -> None:
    assert of("map-names-no-backend", f"use_backend {word}", files={MAP: "a b\n"}) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("use_backend api if { req.ssl_sni -i api.example.com }",),
        ("acl api req_ssl_sni -i api.example.com", "use_backend api if api"),
        ("tcp-request inspect-delay 5s", "use_backend api if { req.ssl_sni -m end example.com }"),
        ("tcp-request content accept if { req.ssl_hello_type 1 }", "use_backend %[req.ssl_sni,map(/m)]"),
    ],
)
def test_a_server_name_that_is_not_awaited(lines: tuple[str, ...]) -> None:
    assert of("sni-not-awaited", *lines, "default_backend app", cfg=SNI) == [f"haproxy.cfg:{6 + len(lines)}"]


@pytest.mark.parametrize(
    "before",
    [
        ("tcp-request inspect-delay 5s", "tcp-request content accept if { req.ssl_hello_type 1 }"),
        ("tcp-request inspect-delay 5s", "tcp-request content reject unless { req.ssl_hello_type 1 }"),
    ],
)
def test_a_server_name_that_is_awaited(before: tuple[str, ...]) -> None:
    route = "use_backend api if { req.ssl_sni -i api.example.com }"
    assert of("sni-not-awaited", *before, route, "default_backend app", cfg=SNI) == []
    inherited = SNI.replace("mode tcp\n", "mode tcp\n    " + "\n    ".join(before) + "\n")
    assert of("sni-not-awaited", route, "default_backend app", cfg=inherited) == []


def test_a_name_of_tls_that_haproxy_ends_is_there() -> None:
    assert of("sni-not-awaited", "use_backend api if { ssl_fc_sni api.example.com }", cfg=SNI) == []
    deferred = SNI.replace("*:80", "*:80 defer-accept")
    line = "use_backend api if { req.ssl_sni -i a }"
    text = deferred.replace("defer-accept", f"defer-accept\n    {line}") + API
    assert found("sni-not-awaited", two(text)) == []


@pytest.mark.parametrize(
    "settings, told",
    [
        ("observe layer7 error-limit 1 on-error mark-down", True),
        ("observe layer7 error-limit 50 error-limit 2 on-error mark-down", True),
        ("observe layer7 error-limit 1 on-error mark-down error-limit 50", False),
        ("observe layer7 on-error mark-down", False),
        ("observe layer4 error-limit 1 on-error mark-down", False),
        ("observe layer7 error-limit 1 on-error fastinter", False),
    ],
)
def test_one_bad_answer_takes_a_server_out(settings: str, *, told: bool) -> None:
    cfg = SOUND.replace("backend app\n    server", f"backend app\n    default-server {settings}\n    server")
    assert found("one-error-marks-down", two(cfg)) == ([("warning", "haproxy.cfg:10")] if told else [])


@pytest.mark.parametrize("server, told", [("192.0.2.10:53", True), ("udp@192.0.2.10:53", True),
                                          ("tcp@192.0.2.10:53", False), ("192.0.2.2:53", False)])  # fmt: skip
def test_a_name_server_that_is_the_vip(server: str, *, told: bool) -> None:
    resolvers = f"resolvers dns\n    nameserver own {server}\n"
    assert of("name-server-is-vip", more=resolvers) == (["haproxy.cfg:12"] if told else [])


@pytest.mark.parametrize(
    "address, port, told", [("192.0.2.10", 80, True), ("192.0.2.10", 8080, False), ("192.0.2.55", 80, False)]
)
def test_a_server_whose_name_leads_back(address: str, port: int, *, told: bool) -> None:
    cfg = SOUND.replace("192.0.2.22:8080", f"www.example.com:{port}")
    expected = [("error", "haproxy.cfg:10")] if told else []
    assert found("server-is-its-frontend", two(cfg, hosts={"www.example.com": address})) == expected


@pytest.mark.parametrize(
    "bind, told",
    [("[::]:2222 v6only", True), (":::2222 v6only", True), (":::2222", False), (":::2222 v4v6", False),
     ("*:2222", False), ("192.0.2.1:2222", False), ("[::]:80 v6only", False)],
)  # fmt: skip
def test_a_port_for_ipv6_alone(bind: str, *, told: bool) -> None:
    git = f"listen git\n    bind {bind}\n    server g 192.0.2.31:22 check\n"
    assert of("frontend-of-other-family", more=git) == (["haproxy.cfg:12"] if told else [])
