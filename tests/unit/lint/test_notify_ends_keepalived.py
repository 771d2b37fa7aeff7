"""notify-ends-keepalived and notify-takes-card-down."""

import pytest

from tests.lint_pairs import conf, found, two

PATH = "/etc/keepalived/state.sh"
CARDS = {"eth1": "10.0.0.{}/24", "eth2": "10.0.1.{}/24"}
TRACKS = "track_interface {\neth1\neth2 weight -60\n}\n"


def of(rule: str, more: str, script: str = "") -> list[str]:
    files = {PATH: f"#!/bin/sh\n{script}\n"} if script else None
    confs = (conf(101, more=more), conf(100, more=more))
    return [severity for severity, _ in found(rule, two(confs=confs, files=files, cards=CARDS))][::2]


@pytest.mark.parametrize(
    "end",
    ["systemctl restart keepalived", "/usr/bin/systemctl --no-block stop keepalived.service",
     "service keepalived restart",
     "killall keepalived", "pkill -9 keepalived", "pkill -x keepalived", "killall -s TERM keepalived"],
)  # fmt: skip
def test_it_ends_the_keepalived_that_runs_it(end: str) -> None:
    assert of("notify-ends-keepalived", f'notify_master "{end}"') == ["error"]
    assert of("notify-ends-keepalived", f"notify_backup {PATH}", f"logger -t vrrp now\n{end}") == ["error"]
    assert of("notify-ends-keepalived", f'notify_fault "{end}"') == ["warning"]


@pytest.mark.parametrize(
    "script",
    ["pgrep -x haproxy || systemctl stop keepalived", "if ! pgrep haproxy; then\n  systemctl restart keepalived\nfi",
     "case $1 in\n  x) systemctl stop keepalived ;;\nesac"],
)  # fmt: skip
def test_a_script_that_decides_first(script: str) -> None:
    assert of("notify-ends-keepalived", f"notify_master {PATH}", script) == ["warning"]


STATE = 'case "$1" in\n  master|backup) logger $1; {} ;;\n  quit) systemctl stop keepalived ;;\nesac\n{}'


@pytest.mark.parametrize(
    "word, script, severity",
    [
        ("backup", STATE.format(":", "exit 0"), []),
        ("quit", STATE.format(":", "exit 0"), ["error"]),
        ("backup", STATE.format("exit 0", "systemctl stop keepalived"), ["warning"]),
        ("backup", STATE.format(":", "systemctl stop keepalived"), ["error"]),
    ],
)
def test_the_branch_of_its_argument_counts(word: str, script: str, severity: list[str]) -> None:
    assert of("notify-ends-keepalived", f'notify_backup "{PATH} {word}"', script) == severity


@pytest.mark.parametrize(
    "more",
    ['notify_master "systemctl reload keepalived"', 'notify_master "systemctl restart haproxy"',
     'notify_stop "systemctl restart keepalived"', 'notify_master "kill -HUP keepalived"',
     'notify_master "killall -USR1 keepalived"', 'notify_master "/etc/keepalived/restart.sh"',
     'notify_master "systemctl restart keepalived-exporter"',
     'notify_master "systemctl kill --signal=HUP keepalived"', 'notify_master "systemctl kill -sUSR1 keepalived"'],
)  # fmt: skip
def test_what_leaves_it_running(more: str) -> None:
    assert of("notify-ends-keepalived", more) == []


@pytest.mark.parametrize(
    "more, script",
    [
        (f'notify_backup "{PATH} down"', "/usr/sbin/ip link set eth1 $1"),
        (f'notify_backup "/bin/sh {PATH} eth1"', "ip link set dev ${1} down"),
        ('notify_backup "/sbin/ifconfig eth1 down"', ""),
        (f"notify_fault {PATH}", "ifdown eth1"),
        (f"notify_backup {PATH}", "ip link set eth0 down"),  # the adverts' own
    ],
)
def test_it_takes_a_card_down_that_is_watched(more: str, script: str) -> None:
    assert of("notify-takes-card-down", TRACKS + more, script) == ["error"]


@pytest.mark.parametrize(
    "more, script",
    [
        (f'notify_backup "{PATH} up"', "ip link set eth1 $1"),
        (f'notify_master "{PATH} down"', "ip link set eth1 $1"),
        (f"notify_backup {PATH}", "ip link set eth1 $1"),  # what $1 is cannot be told
        (f"notify_backup {PATH}", "ip link set eth2 down"),  # its weight is no FAULT
        (f"notify_backup {PATH}", "ip link set eth3 down"),
        (f"notify_backup {PATH}", "ip addr del 192.0.2.10/24 dev eth1"),
    ],
)
def test_cards_that_stay_up_or_are_not_watched(more: str, script: str) -> None:
    assert of("notify-takes-card-down", TRACKS + more, script) == []


def test_a_card_that_may_go_down() -> None:
    script = "case $3 in\n  BACKUP) ip link set eth1 down ;;\nesac"
    assert of("notify-takes-card-down", f"{TRACKS}notify {PATH}", script) == ["warning"]
    assert of("notify-takes-card-down", f"{TRACKS}notify_backup {PATH}", script) == ["warning"]


def test_a_card_that_is_not_tracked_may_go_down() -> None:
    vips, down = ("192.0.2.10/24 dev eth3 no_track",), 'notify_backup "/sbin/ip link set eth3 down"'
    tracked = ("192.0.2.10/24 dev eth3",)
    cards = CARDS | {"eth3": "10.0.3.{}/24"}
    for chosen, severities in ((vips, []), (tracked, ["error"])):
        confs = (conf(101, more=down, vips=chosen), conf(100, more=down, vips=chosen))
        told = [severity for severity, _ in found("notify-takes-card-down", two(confs=confs, cards=cards))][::2]
        assert told == severities


def test_the_adverts_own_card_may_go_down_if_it_is_not_tracked() -> None:
    assert of("notify-takes-card-down", 'dont_track_primary\nnotify_backup "/sbin/ip link set eth0 down"') == []
