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
     "/etc/init.d/haproxy stop", "killall haproxy", "pkill -9 haproxy", "pkill -USR1 haproxy", "pkill -10 haproxy",
     "killall -s TERM haproxy"],
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
     'notify_backup "systemctl stop haproxy-exporter"', 'notify_backup "systemctl stop haproxy@blue"',
     'notify_backup "pkill -SIGUSR2 haproxy"', 'notify_backup "killall -SIGHUP haproxy"',
     'notify_backup "pkill -12 haproxy"', 'notify_backup "killall -q -0 haproxy"',
     'notify_backup "pkill -1 -x haproxy"', 'notify_backup "killall -s HUP haproxy"',
     'notify_backup "pkill --signal USR2 haproxy"'],
)  # fmt: skip
def test_what_does_not_stop_the_backup_s(more: str) -> None:
    assert of(more) == []


CASE = "case $3 in\n  MASTER) systemctl start haproxy ;;\n  {}) systemctl stop haproxy ;;\nesac\n"
STATE = 'TYPE=$1\nNAME=$2\nSTATE="$3"\nif [ "$STATE" = MASTER ]; then\n  service haproxy start\nel{}\nfi\n'


@pytest.mark.parametrize(
    "script, found",
    [
        (CASE.format("*"), ["error", "error"]),
        (CASE.format('"BACKUP"|"FAULT"'), ["error", "error"]),
        (CASE.format("FAULT"), ["error", "error"]),
        (CASE.format("STOP"), []),
        (STATE.format("se service haproxy stop"), ["error", "error"]),
        (STATE.format("if [[ $STATE == BACKUP ]]\nthen service haproxy stop"), ["error", "error"]),
        (STATE.format('if [ "$STATE" != FAULT ]; then service haproxy stop'), ["error", "error"]),
        (STATE.format('if [ "$STATE" = STOP ]; then service haproxy stop'), []),
        (STATE.format("if [ -e /run/halt ]; then service haproxy stop"), ["warning", "warning"]),
        ('case "$4" in\n  50) service haproxy stop ;;\nesac\n', ["warning", "warning"]),  # its priority
    ],
)
def test_of_notify_the_branch_of_the_state_counts(script: str, found: list[str]) -> None:
    assert of(f"notify {PATH}", script=script) == found


ERRORS, WARNINGS = ["error", "error"], ["warning", "warning"]


@pytest.mark.parametrize("word, found", [("backup", ERRORS), ("master", []), ("", WARNINGS)])
def test_of_a_script_the_branch_of_its_argument_counts(word: str, found: list[str]) -> None:
    script = 'case "$1" in\nmaster)\n  service haproxy start\n  ;;\nbackup)\n  service haproxy stop\n  ;;\nesac\n'
    assert of(f'notify_backup "{PATH} {word}"', script=script) == found


@pytest.mark.parametrize(
    "script",
    [
        '[ "$3" = STOP ] || exit 0\nsystemctl stop haproxy\n',
        'if [ "$3" != STOP ]; then exit 0; fi\nsystemctl stop haproxy\n',
        'case "$3" in MASTER) exit 0 ;; BACKUP|FAULT) exit 0 ;; esac\nsystemctl stop haproxy\n',
        'halt() { systemctl stop haproxy; }\ncase "$3" in STOP) halt ;; esac\n',
        'case "$3" in\nSTOP)\nDO=stop\n;;\n*)\nDO=start\n;;\nesac\nDO=stop\nsystemctl $DO haproxy\n',
        'if [[ "$3" == *A* ]]; then :; else systemctl stop haproxy; fi\n',
        'if [[ "$3" == B* ]]; then systemctl stop haproxy; fi\n',
        'case "${3,,}" in backup|fault) systemctl stop haproxy ;; esac\n',
        'case "${3:-none}" in BACKUP) systemctl stop haproxy ;; esac\n',
        'STATE=$3\nif [ -z "$STATE" ]; then\n  STATE=STOP\nfi\n[ "$STATE" = STOP ] && systemctl stop haproxy\n',
        'shift 2\ncase "$1" in BACKUP) systemctl stop haproxy ;; esac\n',
        'case "$3" in *) logger x ;;& BACKUP) systemctl stop haproxy ;; esac\n',
        'case "$3" in "BACK"*) systemctl stop haproxy ;; esac\n',
        'case "$3" in [^M]*) systemctl stop haproxy ;; esac\n',
    ],
)
def test_what_cannot_be_read_for_sure_is_a_warning(script: str) -> None:
    assert of(f"notify {PATH}", script=script) == WARNINGS


@pytest.mark.parametrize(
    "script, found",
    [
        ("cat <<E >/run/x\nsystemctl stop haproxy\nE\n", []),
        ('case "$3" in\nBACKUP) logger down && systemctl stop haproxy ;;\nesac\nexit 0\n', ERRORS),
        ('case "$3" in\nFAULT) systemctl stop haproxy || killall haproxy\nexit 0;;\nesac\n', ERRORS),
        ('case "$3" in B*) service haproxy stop;; *) service haproxy start;; esac\n', ERRORS),
        ('if [ "$1" = GROUP ]; then exit 0; else case $3 in BACKUP) service haproxy stop;; esac; fi\n', ERRORS),
    ],
)
def test_what_can(script: str, found: list[str]) -> None:
    assert of(f"notify {PATH}", script=script) == found


@pytest.mark.parametrize("line", ["notify {} root root", 'notify "{}" root root', "notify {} root"])
def test_a_user_and_a_group_are_no_arguments(line: str) -> None:
    """keepalived.conf(5): `notify <STRING>|<QUOTED-STRING> [username [groupname]]`."""
    assert of(line.format(PATH), script=CASE.format("BACKUP")) == ERRORS


@pytest.mark.parametrize(
    "script",
    [
        'case "$1" in\n  backup) [ -e /run/halt ] && systemctl stop haproxy ;;\nesac\n',
        '[ "$1" = stop ] && systemctl stop haproxy\n',
        "STATE=$1\n[ $STATE = stop ] && systemctl stop haproxy\n",
        "if [ -e /run/maintenance ]; then\n  systemctl stop haproxy\nfi\n",
        "systemctl stop haproxy\nsleep 1\nsystemctl start haproxy\n",
    ],
)
def test_a_script_that_may_leave_it_running(script: str) -> None:
    assert of(f'notify_backup "{PATH} backup"', script=script) == ["warning", "warning"]


def test_a_script_that_starts_it_and_stops_it_again() -> None:
    assert of(f"notify_backup {PATH}", script="service haproxy start\nservice haproxy stop\n") == ["error", "error"]


def test_with_a_weight_the_backup_still_takes_over_from_a_dead_master() -> None:
    assert of('notify_backup "systemctl stop haproxy"', lines="weight -20") == ["warning", "warning"]


def test_without_a_check_of_haproxy_it_is_fine() -> None:
    assert of('notify_backup "systemctl stop haproxy"', check="ping -c 1 192.0.2.254") == []
