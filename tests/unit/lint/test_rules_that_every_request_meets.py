"""everything-denied, servers-never-asked, redirect-to-itself: rules of a frontend that every request meets."""

import pytest

from tests.lint_pairs import SOUND, found, two

RETURN = "http-request return status 200 content-type text/plain string OK"
REDIRECT = "http-request redirect scheme https code 301"
TLS = "bind *:443 ssl crt /etc/ssl/a.pem"
LINE = [("warning", "haproxy.cfg:7")]


def of(rule: str, *lines: str, cfg: str = SOUND) -> list[tuple[str, str]]:
    """`lines`: behind the bind on line 6."""
    return found(rule, two(cfg.replace("*:80", "\n    ".join(("*:80", *lines)))))


@pytest.mark.parametrize(
    "condition",
    ["{ path_beg / }", "{ path -m beg -i / /admin }", "{ path_reg ^/ }", "{ path_sub / }", "TRUE", "{ src 0.0.0.0/0 }",
     "{ url_beg / }", "{ path /x } or { path_beg / }"],
)  # fmt: skip
def test_a_condition_that_each_request_meets(condition: str) -> None:
    assert of("everything-denied", f"http-request deny if {condition}") == [("error", "haproxy.cfg:7")]
    assert of("servers-never-asked", f"{RETURN} if {condition}") == LINE


@pytest.mark.parametrize(
    "condition",
    ["{ path_beg /admin }", "{ path / }", "{ path_beg / } { src 192.0.2.0/24 }", "{ path_reg ^/v1 }",
     "{ src -f /etc/list }", "unknown", "{ src 10.0.0.0/8 }", "{ hdr(host) -m beg / }", "{ path,lower -m beg / }",
     "{ src 0.0.0.0/0 } !{ path /alive }"],
)  # fmt: skip
def test_a_condition_that_some_meet(condition: str) -> None:
    assert of("everything-denied", f"http-request deny if {condition}") == []
    assert of("servers-never-asked", f"{RETURN} if {condition}") == []
    assert of("everything-denied", f"http-request deny unless {condition}") == []


def test_a_condition_turned_round() -> None:
    assert of("everything-denied", "http-request deny unless !{ path_beg / }") == [("error", "haproxy.cfg:7")]
    assert of("everything-denied", "http-request deny unless { path_beg / }") == []


def test_an_acl_of_two_lines_is_met_if_one_is() -> None:
    lines = ("acl inner path_beg /admin", "acl inner path_beg /")
    assert of("everything-denied", *lines, "http-request deny if inner") == [("error", "haproxy.cfg:9")]
    assert of("everything-denied", lines[0], "http-request deny if inner") == []


def test_an_answer_without_a_condition() -> None:
    assert of("servers-never-asked", RETURN) == LINE
    assert of("servers-never-asked", "http-request deny if { path /x }", RETURN) == [("warning", "haproxy.cfg:8")]


@pytest.mark.parametrize("line", ["http-request allow if { src 192.0.2.0/24 }", "http-request deny", REDIRECT])
def test_what_ends_the_matter_before_the_answer(line: str) -> None:
    assert of("servers-never-asked", line, RETURN) == []


def test_an_answer_of_the_only_backend() -> None:
    cfg = SOUND.replace("\nbackend app\n", f"\nbackend app\n    {RETURN}\n")
    assert of("servers-never-asked", cfg=cfg) == [("warning", "haproxy.cfg:9")]
    assert of("servers-never-asked", "use_backend app if { path /x }", cfg=cfg) == []


@pytest.mark.parametrize("rule", ["everything-denied", "servers-never-asked"])
def test_a_page_of_its_own_has_no_customers(rule: str) -> None:
    page = (
        f"frontend alive\n    bind 127.0.0.1:8081\n    http-request deny unless {{ src 127.0.0.0/8 }}\n    {RETURN}\n"
    )
    assert of(rule, cfg=SOUND + page) == []


@pytest.mark.parametrize(
    "line", [REDIRECT, "redirect scheme https", f"{REDIRECT} if {{ ssl_fc }}", f"{REDIRECT} if TRUE"]
)
def test_https_is_sent_to_https(line: str) -> None:
    assert of("redirect-to-itself", TLS, line) == [("error", "haproxy.cfg:8")]


@pytest.mark.parametrize(
    "lines",
    [
        (REDIRECT,),  # no TLS here
        (TLS, f"{REDIRECT} unless {{ ssl_fc }}"),
        (TLS, f"{REDIRECT} if !{{ ssl_fc }}"),
        (TLS, f"{REDIRECT} if {{ hdr(x-forwarded-proto) http }}"),
        (TLS, f"{REDIRECT} if {{ dst_port 80 }}"),
        (TLS, "http-request redirect location https://www.example.com/"),
        (TLS, "http-request return status 503", REDIRECT),
        (TLS, "http-request allow if { ssl_fc }", REDIRECT),
        ("bind 127.0.0.1:443 ssl crt /etc/ssl/a.pem", REDIRECT),
    ],
)
def test_a_redirect_that_ends(lines: tuple[str, ...]) -> None:
    assert of("redirect-to-itself", *lines) == []


def test_a_backend_that_is_only_for_plain_http_may_redirect() -> None:
    cfg = SOUND.replace("\nbackend app\n", f"\nbackend app\n    {REDIRECT}\n")
    assert of("redirect-to-itself", TLS, cfg=cfg) == [("error", "haproxy.cfg:10")]
    assert of("redirect-to-itself", TLS, "use_backend app if !{ ssl_fc }", cfg=cfg) == []


@pytest.mark.parametrize("rule, line", [("redirect-to-itself", REDIRECT), ("servers-never-asked", RETURN)])
def test_lines_that_may_be_left_out_are_no_finding(rule: str, line: str) -> None:
    cfg = SOUND.replace("bind *:80", f"{TLS}") if rule == "redirect-to-itself" else SOUND
    place = TLS.removeprefix("bind ") if rule == "redirect-to-itself" else "*:80"
    for lines, told in (((line,), True), ((".if defined(MAINT)", line, ".endif"), False)):
        text = cfg.replace(place, "\n    ".join((place, *lines)))
        assert bool(found(rule, two(text))) is told


def test_a_section_without_a_bind_has_no_customers() -> None:
    trap = "listen trap\n    mode http\n    http-request deny\n    server a 192.0.2.31:80\n"
    assert found("everything-denied", two(SOUND + trap)) == []
