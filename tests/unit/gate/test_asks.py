"""What customers ask, from pair.toml or from haproxy.cfg."""

import pytest
from msgspec.structs import replace

from harness.gate.asks import MOST, asks, unasked
from harness.gate.place import Asked
from harness.lint import Pair
from harness.model.errors import BadValue
from tests.lint_pairs import SOUND, conf, two
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


def probing(*probe: str) -> Pair:
    pair = recorded("wiki-minimal")
    return pair._replace(site=replace(pair.site, probe=probe, hosts={"Shop.example.com": "192.0.2.10"}))


def test_a_probe_by_name_asks_the_vip_that_has_the_name() -> None:
    asked = "https://shop.example.com/"
    assert asks(probing(asked)) == (Asked("192.0.2.10", asked),)


@pytest.mark.parametrize(
    "probe, said",
    [
        (("http://192.0.2.99/",), "a URL with a VIP of the pair"),
        (("https://other.example.com/",), "its name in hosts"),
        (("http://192.0.2.10/", "https://shop.example.com/"), "192.0.2.10 has 'http://192.0.2.10/' already"),
    ],
)
def test_a_probe_that_would_not_be_asked_is_refused(probe: tuple[str, ...], said: str) -> None:
    """Else the gate would ask something else, and judge the answer to that."""
    with pytest.raises(BadValue) as refused:
        asks(probing(*probe))
    assert said in str(refused.value)


@pytest.mark.parametrize("name", [each for each in SITES if expected(each)["source"] == "sound"])
def test_every_sound_site_has_something_to_ask(name: str) -> None:
    assert asks(recorded(name))


def served(*vips: str, bind: str = "*:80") -> Pair:
    return two(SOUND.replace("*:80", bind), confs=(conf(101, vips=vips), conf(100, vips=vips)))


def test_each_vip_that_no_customer_asks_is_named() -> None:
    vips = [f"192.0.2.{number}" for number in range(30, 30 + MOST + 2)]
    pair = served(*vips)
    assert [each.vip for each in asks(pair)] == vips[:MOST]
    assert unasked(pair) == dict.fromkeys(vips[MOST:], "beyond the 6 VIPs that are asked")
    (silent,) = unasked(served("192.0.2.30", "192.0.2.31", bind="192.0.2.30:80")).items()
    assert silent[0] == "192.0.2.31"
    assert "HAProxy listens on no port of it for customers" in silent[1]
    assert unasked(served("192.0.2.30")) == {}
