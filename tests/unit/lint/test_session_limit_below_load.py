"""session-limit-below-load."""

import pytest

from tests.lint_pairs import SOUND, found, recorded, two

RULE = "session-limit-below-load"


def cfg(*, whole: str = "maxconn 8000", defaults: str = "", own: str = "", bind: str = "", more: str = "") -> str:
    """Lines: global 2, defaults 4, frontend 6, bind 7."""
    return (
        f"global\n {whole}\ndefaults\n {defaults}\nfrontend web\n {own}\n bind *:80 {bind}\n default_backend app\n"
        f"{more}backend app\n server a 192.0.2.21:80 check\n"
    )


def test_the_shop_before_its_sale() -> None:
    assert found(RULE, recorded("sale-maxconn")) == [("error", "haproxy.cfg:10")]


@pytest.mark.parametrize(
    "text, line",
    [
        (cfg(whole="maxconn 1000"), 2),
        (cfg(defaults="maxconn 1000"), 4),
        (cfg(own="maxconn 1000"), 6),
        (cfg(bind="maxconn 1000"), 7),
    ],
)
def test_each_limit_at_its_line(text: str, line: int) -> None:
    assert found(RULE, two(text, load=3000)) == [("error", f"haproxy.cfg:{line}")]


def test_sound_are_limits_of_the_load_and_more_and_a_site_without_a_stated_load() -> None:
    assert found(RULE, two(cfg(own="maxconn 3000"), load=3000)) == []
    assert found(RULE, two(cfg(whole="", defaults=""), load=3000)) == []
    assert found(RULE, two(cfg(own="maxconn 10"))) == []


def test_a_frontend_for_the_operators_has_its_own_small_limit() -> None:
    inside = "frontend admin\n bind 127.0.0.1:8404\n maxconn 10\n default_backend app\n"
    alone = "frontend alive\n bind *:8404\n maxconn 10\n monitor-uri /alive\n"
    assert found(RULE, two(cfg(more=inside + alone), load=3000)) == []


SMALL = "frontend small\n bind *:81\n maxconn 10\n default_backend app\n"


def test_backends_that_a_request_chooses_are_servers_too_and_a_socket_is_no_customer() -> None:
    chosen = cfg(own="maxconn 10").replace("default_backend app", "use_backend %[path]")
    assert found(RULE, two(chosen, load=3000)) == [("error", "haproxy.cfg:6")]
    assert found(RULE, two(chosen.replace("*:80", "unix@/run/x"), load=3000)) == []


def test_beside_a_frontend_that_carries_the_load_a_small_one_is_a_warning() -> None:
    assert found(RULE, two(cfg(more=SMALL), load=3000)) == [("warning", "haproxy.cfg:11")]
    assert found(RULE, two(cfg(whole="", more=SMALL), load=3000)) == [("warning", "haproxy.cfg:11")]


def test_where_a_probe_names_the_port_only_its_frontend_is_judged() -> None:
    pair = two(cfg(more=SMALL), load=3000, probe=("http://192.0.2.10/",))
    assert found(RULE, pair) == []
    pair = two(cfg(more=SMALL), load=3000, probe=("http://192.0.2.10:81/",))
    assert found(RULE, pair) == [("error", "haproxy.cfg:11")]
    assert found(RULE, two(SOUND, load=3000, probe=("http://192.0.2.10:x/",))) == []


def test_where_a_probe_names_the_port_only_its_socket_is_judged() -> None:
    text = cfg(bind="maxconn 500\n bind *:81")
    assert found(RULE, two(text, load=3000)) == []
    assert found(RULE, two(text, load=3000, probe=("http://192.0.2.10:81/",))) == []
    assert found(RULE, two(text, load=3000, probe=("http://192.0.2.10/",))) == [("error", "haproxy.cfg:7")]
