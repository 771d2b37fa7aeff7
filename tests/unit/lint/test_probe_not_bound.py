"""probe-not-bound."""

import pytest

from tests.lint_pairs import SITES, SOUND, VIP, found, recorded, two

RULE = "probe-not-bound"


@pytest.mark.parametrize("url", [f"http://{VIP}:8080/", f"https://{VIP}/", "tcp://www.example.com:25"])
def test_a_port_that_no_bind_takes(url: str) -> None:
    assert found(RULE, two(probe=(url,), hosts={"www.example.com": VIP})) == [("error", "pair.toml")]


@pytest.mark.parametrize(
    "url, text",
    [
        (f"http://{VIP}/", SOUND),
        (f"http://{VIP}:8080/", SOUND.replace("*:80", '*:80\n    bind "*:${PORT}"')),
        (f"http://{VIP}:8080/", SOUND.replace("*:80", "*:80-8099")),
        (f"http://{VIP}:8080/", SOUND.replace("*:80", "192.0.2.1:80")),  # vip-not-bound says it
        ("http://198.51.100.1:8080/", SOUND),
        (f"http://{VIP}:x/", SOUND),
        (f"tcp://{VIP}", SOUND),
    ],
)
def test_what_is_bound_or_cannot_be_told(url: str, text: str) -> None:
    assert found(RULE, two(text, probe=(url,))) == []


def test_a_container_may_publish_another_port() -> None:
    text = f"{SOUND}resolvers docker\n    nameserver dns 127.0.0.11:53\n"
    assert {severity for severity, _ in found(RULE, two(text, probe=(f"http://{VIP}:8080/",)))} == {"warning"}


def test_the_recorded_sites_answer_their_probe() -> None:
    assert [folder.name for folder in SITES.iterdir() if found(RULE, recorded(folder.name))] == []
