"""port-bound-twice."""

import pytest

from tests.lint_pairs import SITES, SOUND, VIP, found, recorded, two

RULE = "port-bound-twice"


def of(first: str, second: str, backend: str = "shop") -> list[tuple[str, str]]:
    more = f"frontend shop\n    bind {second}\n    default_backend {backend}\nbackend shop\n    server s 192.0.2.9:80\n"
    return found(RULE, two(SOUND.replace("*:80", first) + more))


@pytest.mark.parametrize(
    "first, second",
    [
        ("*:80", "*:80"),
        ("*:80", "0.0.0.0:80"),
        (":80", "*:80 name shop"),
        (f"{VIP}:80", f"{VIP}:80"),
        ("*:80-90", ":85"),
        ("[::]:80", ":::80 v4v6"),
        ("*:80,*:81", "*:81"),
        ("*:443 ssl crt a.pem", "*:443 ssl crt b.pem"),
    ],
)
def test_one_port_of_two_frontends(first: str, second: str) -> None:
    assert of(first, second) == [("error", "haproxy.cfg:12")]


@pytest.mark.parametrize(
    "first, second",
    [
        ("*:80", f"{VIP}:80"),
        ("*:80", "*:8080"),
        (f"{VIP}:80", "192.0.2.11:80"),
        ("*:80 interface eth0", "*:80 interface eth1"),
        ("*:443 ssl crt a.pem", "quic4@*:443 ssl crt a.pem"),
        ("*:80", "/run/shop.sock"),
        ('"*:${PORT}"', '"*:${PORT}"'),
        ("*:80", "*:82\n    .if feature(X)\n    bind *:80\n    .endif"),
    ],
)
def test_what_the_kernel_tells_apart_or_is_not_known(first: str, second: str) -> None:
    assert of(first, second) == []


def test_two_that_lead_to_the_same_servers() -> None:
    assert of("*:80", "*:80", backend="app") == []


def test_a_frontend_that_binds_a_port_twice_shares_with_itself() -> None:
    assert found(RULE, two(SOUND.replace("*:80", "*:80\n    bind *:80"))) == []


def test_no_recorded_site_has_it() -> None:
    assert [folder.name for folder in SITES.iterdir() if found(RULE, recorded(folder.name))] == []
