"""server-is-its-frontend."""

import pytest

from tests.lint_pairs import SITES, SOUND, VIP, found, recorded, two

RULE = "server-is-its-frontend"


@pytest.mark.parametrize("address", [f"{VIP}:80", "127.0.0.1:80"])
def test_a_server_that_is_the_frontend_itself(address: str) -> None:
    assert found(RULE, two(SOUND.replace("192.0.2.21:8080", address))) == [("error", "haproxy.cfg:9")]


def test_the_node_s_own_address_is_told_of_that_node() -> None:
    assert found(RULE, two(SOUND.replace("192.0.2.21:8080", "192.0.2.2:80"))) == [("error", "haproxy.cfg:9")]


@pytest.mark.parametrize(
    "text",
    [
        SOUND,
        SOUND.replace("192.0.2.21:8080", "127.0.0.1:8080"),
        SOUND.replace("192.0.2.21:8080", f"{VIP}:8080"),
        SOUND.replace("192.0.2.21:8080", "127.0.0.1:80").replace("*:80", f"{VIP}:80"),
        SOUND.replace("192.0.2.21:8080", "127.0.0.1:81") + "listen inner\n    bind *:81\n    server s 192.0.2.9:80\n",
    ],
)
def test_another_port_or_another_frontend(text: str) -> None:
    assert found(RULE, two(text)) == []


def test_no_recorded_site_has_a_loop() -> None:
    assert [folder.name for folder in SITES.iterdir() if found(RULE, recorded(folder.name))] == []
