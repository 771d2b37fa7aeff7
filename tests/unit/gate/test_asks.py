"""What customers ask, from pair.toml or from haproxy.cfg."""

import pytest
from msgspec.structs import replace

from harness.gate.asks import asks
from harness.gate.place import Asked
from tests.recorded_sites import SITES, expected, recorded


@pytest.mark.parametrize(
    "name, asked",
    [
        ("wiki-minimal", [Asked("192.0.2.10", "http://192.0.2.10:80/")]),
        ("kubeadm-curl", [Asked("198.51.100.40", "tcp://198.51.100.40:8443")]),
        ("tls-vip-bound", [Asked("203.0.113.140", "https://203.0.113.140:443/")]),
        ("printers-script-mode", [Asked("192.0.2.130", "http://192.0.2.130:631/")]),
    ],
)
def test_what_is_asked(name: str, asked: list[Asked]) -> None:
    assert list(asks(recorded(name))) == asked


def test_the_site_s_own_word_counts() -> None:
    pair = recorded("wiki-minimal")
    said = pair._replace(site=replace(pair.site, probe=("http://192.0.2.10/login?x=1",)))
    assert asks(said) == (Asked("192.0.2.10", "http://192.0.2.10/login?x=1"),)


@pytest.mark.parametrize("name", [each for each in SITES if expected(each)["source"] == "sound"])
def test_every_sound_site_has_something_to_ask(name: str) -> None:
    assert asks(recorded(name))
