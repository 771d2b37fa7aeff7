"""notify-stops-haproxy."""

import pytest

from tests.lint_pairs import conf, found, two

RULE = "notify-stops-haproxy"
CHECK = "/usr/bin/pidof haproxy"
PATH = "/etc/keepalived/state.sh"


def of(more: str, *, lines: str = "", script: str = "", check: str = CHECK) -> list[str]:
    confs = (conf(101, check, more=more, lines=lines), conf(100, check, more=more, lines=lines))
    files = {PATH: f"#!/bin/sh\n{script}"} if script else None
    return [severity for severity, _ in found(RULE, two(confs=confs, files=files))]


@pytest.mark.parametrize(
    "stop",
    ["systemctl stop haproxy", "/usr/bin/systemctl --no-block stop haproxy.service", "service haproxy stop",
     "/etc/init.d/haproxy stop", "killall haproxy", "pkill -9 haproxy"],
)  # fmt: skip
@pytest.mark.parametrize("keyword", ["notify_backup", "notify_fault"])
def test_the_check_of_a_backup_then_fails(keyword: str, stop: str) -> None:
    assert of(f'{keyword} "{stop}"') == ["error", "error"]
    assert of(f"{keyword} {PATH}", script=f"{stop}\n") == ["error", "error"]


@pytest.mark.parametrize(
    "more",
    ['notify_master "systemctl stop haproxy"', 'notify_backup "systemctl start haproxy"',
     'notify_backup "systemctl reload haproxy"', 'notify_backup "killall -0 haproxy"',
     'notify_backup "pkill -USR2 haproxy"', 'notify_stop "systemctl stop haproxy"',
     'notify_backup "systemctl stop haproxy-exporter"'],
)  # fmt: skip
def test_what_does_not_stop_the_backup_s(more: str) -> None:
    assert of(more) == []


def test_which_branch_of_notify_stops_it_cannot_be_told() -> None:
    script = "case $3 in\n  MASTER) systemctl start haproxy ;;\n  *) systemctl stop haproxy ;;\nesac\n"
    assert of(f"notify {PATH}", script=script) == ["warning", "warning"]


def test_with_a_weight_the_backup_still_takes_over_from_a_dead_master() -> None:
    assert of('notify_backup "systemctl stop haproxy"', lines="weight -20") == ["warning", "warning"]


def test_without_a_check_of_haproxy_it_is_fine() -> None:
    assert of('notify_backup "systemctl stop haproxy"', check="ping -c 1 192.0.2.254") == []
