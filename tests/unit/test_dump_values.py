"""Values of keepalived's text dump, each as a release writes it (tests/data/dumps), and what is none."""

from collections.abc import Callable

import pytest

from harness.model import dump_values as values
from harness.model.units import ms, s, us
from harness.model.vrrp_instance import Tracked, UnicastPeer, VrrpAddress


@pytest.mark.parametrize(
    "text, expected",
    [
        ("500 milli-sec", 500 * ms), ("2 sec", 2 * s), ("5 secs", 5 * s), ("3609375 usecs", 3_609_375 * us),
        ("2.000000s", 2 * s), ("0.25s", 250 * ms), ("7ms", 7 * ms), ("7 us", 7 * us), ("0.000001234s", 1234),
    ],
)  # fmt: skip
def test_a_duration(text: str, expected: int) -> None:
    assert values.duration(text) == expected


@pytest.mark.parametrize("text, expected", [("5", 5 * s), ("0.000001", 1000), ("1.5", 1500 * ms), ("0", 0)])
def test_seconds_without_a_unit(text: str, expected: int) -> None:
    assert values.seconds(text) == expected


@pytest.mark.parametrize("text, on", [(word, word in ("enabled", "true", "yes")) for word in (
    "enabled", "disabled", "true", "false", "yes", "no")])  # fmt: skip
def test_a_switch(text: str, on: bool) -> None:  # noqa: FBT001 - a column
    assert values.switch(text) is on


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.10.0.100/24 dev eth0 scope global", VrrpAddress("10.10.0.100", 24, "eth0")),
        ("10.10.0.101 dev eth0 scope global label eth0:1 set", VrrpAddress("10.10.0.101", 32, "eth0", "eth0:1")),
        ("10.10.0.120/24 dev vrrp.53@eth0 scope global", VrrpAddress("10.10.0.120", 24, "vrrp.53")),
        ("2001:db8::100/64 dev eth0", VrrpAddress("2001:db8::100", 64, "eth0")),
    ],
)
def test_a_vip(text: str, expected: VrrpAddress) -> None:
    assert values.vip(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.10.0.12 min_ttl 0 max_ttl 255", ("10.10.0.12", 0, 255)),
        ("10.10.0.13 min_ttl 5 max_ttl 60", ("10.10.0.13", 5, 60)),
        ("10.10.0.14", ("10.10.0.14", 0, 255)),  # every TTL is taken
    ],
)
def test_a_peer(text: str, expected: tuple[str, int, int]) -> None:
    assert values.peer(text) == UnicastPeer(*expected)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("chk weight 7 reverse", Tracked("chk", 7, reverse=True)),
        ("maintenance, weight 5", Tracked("maintenance", 5)),
        ("neighbour: weight -5", Tracked("neighbour", -5)),
        ("eth1 weight 0 some more", Tracked("eth1", 0)),
    ],
)
def test_what_is_tracked(text: str, expected: Tracked) -> None:
    assert values.tracked(text) == expected


@pytest.mark.parametrize("text, expected", [("-30 reverse", (-30, True)), ("7", (7, False))])
def test_a_weight(text: str, expected: tuple[int, bool]) -> None:
    assert values.weight(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("eth0", ("eth0", "eth0", False)),
        ("vrrp.53, vmac on eth0, xmit base", ("vrrp.53", "eth0", True)),
        ("ipv.53, ipvlan on eth0", ("ipv.53", "eth0", False)),  # a device of its own, with the cable's MAC address
    ],
)
def test_an_interface(text: str, expected: tuple[str, str, bool]) -> None:
    assert values.interface(text) == expected


@pytest.mark.parametrize(
    "read, text",
    [
        (values.duration, "soon"), (values.duration, "5 weeks"), (values.duration, "-5 sec"), (values.duration, "5"),
        (values.seconds, "5 sec"), (values.seconds, "-5"), (values.seconds, ""),
        (values.number, "5.5"), (values.number, ""), (values.number, "12345678901"),
        (values.switch, "maybe"), (values.switch, "Yes"),
        (values.vip, "10.10.0.100/24 scope global"), (values.vip, "10.10.0.1000/24 dev eth0"),
        (values.peer, "somebody"), (values.peer, ""),
        (values.tracked, "eth1"), (values.tracked, "eth1 weight much"),
        (values.weight, "much"), (values.weight, "-30 backwards"),
        (values.interface, ""), (values.interface, ", vmac on eth0"),
    ],
)  # fmt: skip
def test_what_is_no_such_value(read: Callable[[str], object], text: str) -> None:
    """A `ValueError` and no other: the reader notes such a line, and goes on."""
    with pytest.raises(ValueError):
        read(text)
