"""What a running keepalived tells, and what our reader makes of the same files."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from harness.model.keepalived import VrrpSettings, parse_keepalived
from harness.model.running_keepalived import RunningKeepalived, TrackBfd, TrackFile, TrackProcess, TrackScript
from harness.model.running_settings import settings_of
from harness.model.units import ms, s
from harness.model.vrrp_instance import Tracked, VrrpAddress, VrrpInstance
from tests.histories import running_instance
from tests.unit.test_keepalived_dump import ALL, DUMPS, RELEASES, reading

READ = ("multicast", "unicast", "vmac")
"""Of these our reader refuses nothing: no ~SEQ, no vrrp_strict."""


def written(name: str) -> tuple[VrrpSettings, ...]:
    return parse_keepalived((DUMPS / f"{name}.conf").read_text(), "one")


def without_password(settings: VrrpSettings) -> VrrpSettings:
    return msgspec.structs.replace(settings, authentication=settings.authentication[:2])


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("release", RELEASES)
def test_both_say_the_same_of_a_plain_file(name: str, release: str) -> None:
    told = settings_of(reading(name, release).running)
    assert list(map(without_password, told)) == list(map(without_password, written(name)))


@pytest.mark.parametrize("release", RELEASES)
def test_strict_mode_changes_what_no_line_says(release: str) -> None:
    (told, _), (wrote, _) = settings_of(reading("fault", release).running), written("fault")
    assert (wrote.garp_lower_prio_repeat, told.garp_lower_prio_repeat) == (5, 0)


def instances() -> Iterator[tuple[VrrpSettings, int, int]]:
    """Settings, what keepalived says of its timer, and by which priority."""
    for name, release in ALL:
        running = reading(name, release).running
        for settings, told in zip(settings_of(running), running.instances, strict=True):
            yield settings, told.master_down_ns, told.effective_priority


def test_our_reckoning_of_master_down_is_keepaliveds_own() -> None:
    """It keeps its timer in microseconds; an address owner has none that counts."""
    compared = 0
    for settings, told, priority in instances():
        if priority < 255:
            compared += 1
            reckoned = msgspec.structs.replace(settings, priority=priority).master_down_ns
            assert abs(reckoned - told) < 0.001 * ms, settings.instance
    assert compared > 15


def test_a_password_is_told_by_its_mark() -> None:
    """Only marks of one key compare, so the key is part of the word before it; AH may have no password."""
    told = {
        (kind, password): settings_of(running(running_instance(authentication=kind, password=password)))
        for kind, password in (("PASS", "k1.abc"), ("", "k1.abc"), ("AH", ""), ("", ""))
    }
    assert [settings.authentication for (settings,) in told.values()] == [
        ("auth_type", "PASS", "mark k1", "abc"), ("mark k1", "abc"), ("auth_type", "AH"), (),
    ]  # fmt: skip


def script(fall: int, interval_ns: int = 1 * s) -> TrackScript:
    return TrackScript("page", "/usr/bin/ask", interval_ns, 0, 0, 1, fall, "GOOD")


def running(*instances: VrrpInstance) -> RunningKeepalived:
    return RunningKeepalived(instances=instances)


def test_weights_of_all_scripts_and_all_vips() -> None:
    """7 are taken away while the reversed check succeeds; -30 counts once its own check fails."""
    scripts = (Tracked("a", 20), Tracked("b", 7, reverse=True), Tracked("c", -30), Tracked("d"))
    inside = VrrpAddress("10.78.0.100", 24, "lan1")
    (found,) = settings_of(running(running_instance(scripts=scripts, excluded=(inside,))))
    assert (found.weight, found.effective_priority) == (13, 163)
    assert (found.vips, found.excluded) == (("10.77.0.100", "10.78.0.100"), ("10.78.0.100",))


@pytest.mark.parametrize(
    "watched, shortest",
    [
        ({}, None),
        ({"scripts": (script(fall=3), script(fall=2, interval_ns=5 * s))}, 2 * s),
        ({"scripts": (script(fall=3),), "processes": (TrackProcess("alive", "haproxy", 0, 1, 1),)}, 0),
        ({"files": (TrackFile("told", "/run/told", 0, 0),)}, 0),
        ({"bfds": (TrackBfd("peer", 0, up=True),)}, 0),
    ],
)
def test_the_shortest_failure_that_a_check_notices(watched: dict[str, Any], shortest: int | None) -> None:
    """Of a script so many runs in a row must fail, and the first may come as the failure begins."""
    told = msgspec.structs.replace(running(running_instance()), **watched)
    (settings,) = settings_of(told)
    assert min((check.noticed_ns for check in settings.checks), default=None) == shortest
