"""server-without-check."""

import pytest

from tests.lint_pairs import SOUND, found, two

RULE = "server-without-check"


def test_servers_that_are_not_asked_at_the_first_one() -> None:
    assert found(RULE, two(SOUND.replace(":8080 check", ":8080"))) == [("warning", "haproxy.cfg:9")]
    assert found(RULE, two(SOUND.replace("22:8080 check", "22:8080"))) == [("warning", "haproxy.cfg:10")]


def test_of_several_backups_those_that_are_not_asked_get_customers() -> None:
    more = "    server b1 192.0.2.23:8080 backup\n    server b2 192.0.2.24:8080 backup check\n"
    assert found(RULE, two(SOUND + more)) == [("warning", "haproxy.cfg:11")]


@pytest.mark.parametrize(
    "text",
    [
        SOUND,
        SOUND.replace(":8080 check", ":8080").replace("backend app\n ", "backend app\n default-server check\n "),
        SOUND.replace("server app2 192.0.2.22:8080 check", "server app2 unix@/run/app"),
        SOUND.replace(":8080 check", ":8080").replace("server app2", "# server app2"),
        SOUND + "    server sorry 192.0.2.23:8080 backup\n",
        SOUND + "backend unused\n server a 192.0.2.31:80\n server b 192.0.2.32:80\n",
    ],
)
def test_sound(text: str) -> None:
    assert found(RULE, two(text)) == []
