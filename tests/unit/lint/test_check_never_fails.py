"""check-never-fails, and what only tests a file."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

RULE = "check-never-fails"
PATH = "/etc/keepalived/chk.sh"
RESTARTS = 'if [ -z "$(pidof haproxy)" ]; then\n  systemctl restart haproxy\nfi\n'


def of(command: str, script: str = "") -> list[tuple[str, str]]:
    return found(RULE, two(confs=(conf(101, command), conf(100, command)), files={PATH: script} if script else {}))


@pytest.mark.parametrize("last", ["exit 0", "true", ":", "exit 0 # always"])
def test_a_script_that_ends_well_whatever_it_finds(last: str) -> None:
    errors = [("error", "lb1/keepalived.conf:2"), ("error", "lb2/keepalived.conf:2")]
    assert of(PATH, f"#!/bin/bash\n{RESTARTS}{last}\n") == errors
    assert of(f"/bin/bash {PATH}", f"#!/bin/sh\n{RESTARTS}{last}\n") == errors


@pytest.mark.parametrize(
    "line",
    ["pidof haproxy || exit 1", "set -e", "systemctl stop keepalived", "ip addr del 192.0.2.10/24 dev eth0", "exit"],
)
def test_a_script_that_may_end_otherwise(line: str) -> None:
    assert of(PATH, f"#!/bin/bash\n{line}\n{RESTARTS}exit 0\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "curl -sf http://127.0.0.1/ || /etc/keepalived/give_up.sh",
        "pidof haproxy || sh /etc/keepalived/give_up.sh",
        "D=/etc/keepalived\npidof haproxy || $D/give_up.sh",
        "if ! pidof haproxy; then\n  ./give_up.sh\nfi",
        "pidof haproxy || timeout 5 /opt/site/give_up",
    ],
)
def test_a_script_that_runs_a_program_of_the_site(line: str) -> None:
    assert of(PATH, f"#!/bin/bash\n{line}\nexit 0\n") == []
    assert of(f"/bin/sh -c 'pidof haproxy || {PATH}; true'") == []


def test_what_a_system_s_own_program_does_is_known() -> None:
    assert len(of(PATH, "#!/bin/bash\n[ -e /run/x/y ] || /usr/bin/pidof haproxy || /bin/sleep 1\nexit 0\n")) == 2


def test_a_script_that_writes_a_tracked_file() -> None:
    script = "#!/bin/bash\npidof haproxy && echo 0 > /run/lb/down || echo 1 > /run/lb/down\nexit 0\n"
    tracks = "track_file down {\n  file /run/lb/down\n}\n"
    confs = (tracks + conf(101, PATH), tracks + conf(100, PATH))
    assert found(RULE, two(confs=confs, files={PATH: script})) == []
    assert len(of(PATH, script)) == 2


BRANCHES = "#!/bin/bash\nif pidof haproxy; then\n  exit 0\nelse\n  systemctl restart haproxy\n  {}\nfi\n"


def test_branches_that_all_end_well() -> None:
    assert len(of(PATH, BRANCHES.format("exit 0"))) == 2
    assert len(of(PATH, BRANCHES.format("echo restarted"))) == 2
    assert len(of(PATH, BRANCHES.format("exit 0").replace("else", "elif pidof nginx; then\n  true\nelse"))) == 2


@pytest.mark.parametrize("last", ["exit 1", "pidof haproxy", "if true; then\n  exit 1\n  fi"])
def test_a_branch_that_may_end_otherwise(last: str) -> None:
    assert of(PATH, BRANCHES.format(last)) == []


def test_a_script_whose_last_command_tells() -> None:
    assert of(PATH, "#!/bin/sh\npidof haproxy\n") == []
    assert of(PATH, f"#!/bin/sh -e\n{RESTARTS}exit 0\n") == []
    assert of(PATH, f"#!/usr/bin/python3\n{RESTARTS}exit 0\n") == []


@pytest.mark.parametrize(
    "command, count",
    [
        ("/usr/bin/sh -c 'pidof haproxy || true'", 2),
        ("/usr/bin/sh -c 'pidof haproxy; exit 0'", 2),
        ("/usr/bin/bash -c 'ps aux | grep haproxy'", 2),
        ("/usr/bin/sh -c 'pidof haproxy || exit 1; true'", 0),
        ("/usr/bin/bash -c 'ps aux | grep [h]aproxy'", 0),
        ("/usr/bin/bash -c 'ps aux | grep haproxy | grep -v grep'", 0),
        ("/usr/bin/bash -c 'ps -ef | grep -q haproxy > /dev/null 2>&1'", 2),
        ("/usr/bin/bash -c 'ps axo comm | grep haproxy'", 0),
        ("/usr/bin/bash -c 'ps -A | grep haproxy'", 0),
        ("/usr/bin/bash -c 'ps ax -o comm= | grep -x haproxy'", 0),
        ("/usr/bin/test -f /run/haproxy.pid", 2),
        ("/usr/bin/[ -e /run/haproxy.pid ]", 2),
        ("/bin/sh -c '[ -f /run/haproxy.pid ] || exit 1'", 2),
        ("/usr/bin/test -f /run/haproxy.pid || exit 1", 0),
        ("/usr/bin/test -f /run/maintenance", 0),
        ("/bin/sh -c '[ -f /run/haproxy.pid ] && pidof haproxy'", 0),
        ("/usr/bin/sh -c 'pidof haproxy'", 0),
        ("/usr/bin/pidof haproxy || true", 0),
    ],
)
def test_a_command(command: str, count: int) -> None:
    assert len(of(command)) == count


@pytest.mark.parametrize("command", ["haproxy -c -q -f /etc/haproxy/haproxy.cfg", "/usr/sbin/haproxy -f /x.cfg -c"])
def test_a_test_of_the_file_does_not_ask_the_haproxy_that_runs(command: str) -> None:
    cfg = SOUND.replace("global\n", "global\n    user haproxy\n")
    assert len(found("no-check", two(cfg, confs=(conf(101, command), conf(100, command))))) == 2
    both = f"/usr/bin/sh -c '{command} && pidof haproxy'"
    assert found("no-check", two(confs=(conf(101, both), conf(100, both)))) == []


GIVES_UP = """#!/bin/bash
if [ "$(pidof haproxy | wc -w)" -eq 0 ]; then
    sudo -n /usr/sbin/service haproxy start 2>/dev/null
    sleep 2
    if [ "$(pidof haproxy | wc -w)" -eq 0 ]; then
        pkill -TERM -x keepalived
    fi
fi
exit 0
"""


@pytest.mark.parametrize(
    "script, user, told",
    [
        (GIVES_UP, "nobody", True),
        (GIVES_UP.replace("pkill -TERM -x", "/usr/bin/killall"), "nobody", True),
        (GIVES_UP, "root", False),
        (GIVES_UP, "", False),
        (GIVES_UP.replace("pkill", "sudo pkill"), "nobody", False),
        (GIVES_UP.replace("pkill -TERM -x keepalived", "systemctl stop keepalived"), "nobody", False),  # polkit may
    ],
)
def test_a_user_who_may_not_end_keepalived(script: str, user: str, *, told: bool) -> None:
    path = "/etc/keepalived/chk.sh"
    lines = f"user {user}" if user else ""
    confs = (conf(101, path, lines=lines), conf(100, path, lines=lines))
    assert bool(found("check-never-fails", two(confs=confs, files={path: script}))) is told
