"""check-never-fails: scripts whose conditions hold whatever runs, and those that look alike and may fail."""

import pytest

from tests.lint_pairs import conf, found, two

RULE = "check-never-fails"
NAMED = "/etc/keepalived/check_haproxy.sh"
OTHER = "/etc/keepalived/check.sh"
NONE = "[ $(ps -ef | grep haproxy | grep -v grep | wc -l) -eq 0 ]; then"
EXIT = "then\n  exit 1\nfi\nexit 0\n"


def count(body: str, path: str = NAMED) -> int:
    return len(found(RULE, two(confs=(conf(101, path), conf(100, path)), files={path: f"#!/bin/bash\n{body}"})))


@pytest.mark.parametrize(
    "body",
    [
        f"if ! pgrep -f haproxy > /dev/null; {EXIT}",
        "pgrep -f haproxy || exit 1\n",
        "pgrep -f haproxy > /dev/null 2>&1 || exit 1\n",
        "pgrep -f haproxy\n",
        f"n=$(ps -ef | grep haproxy | wc -l)\nif [ $n -eq 0 ]; {EXIT}",
        f'n=`ps aux | grep haproxy | grep -v grep | wc -l`\nif [ "$n" = "0" ]; {EXIT}',
        f'if [ -z "$(pgrep -f haproxy)" ]; {EXIT}',
        "if ps aux | grep -q haproxy; then exit 0; else exit 1; fi\n",
        "if ps -ef | grep -v grep | grep -q haproxy; then exit 0; fi\nexit 1\n",
        "ps -eo pid,args | grep haproxy > /dev/null 2>&1 || exit 1\n",
        f"if {NONE}\n  systemctl start haproxy\n  sleep 2\n  if {NONE}\n    systemctl stop keepalived\n  fi\nfi\n",
    ],
)
def test_a_script_that_finds_itself(body: str) -> None:
    assert count(body) == 2


DASHED = "/etc/keepalived/check-haproxy-script.sh"


@pytest.mark.parametrize("compared", ['!= ""', "!= ''"])
def test_a_whole_word_is_found_in_a_name_with_hyphens(compared: str) -> None:
    body = (
        f'STATUS=$(/bin/ps ax | grep -w [h]aproxy)\nif [ "$STATUS" {compared} ]\nthen\n  exit 0\nelse\n  exit 1\nfi\n'
    )
    assert count(body, DASHED) == 2
    assert count(body.replace(" -w", ""), DASHED) == 2
    assert count(body, NAMED) == 0  # an underscore is a part of the word
    assert count(body.replace(compared, '!= "1"'), DASHED) == 0
    assert count("ps ax | grep -w haproxy\n", NAMED) == 2  # grep itself


@pytest.mark.parametrize(
    "body, path",
    [
        (f"if ! pgrep -f haproxy > /dev/null; {EXIT}", OTHER),
        ("pgrep haproxy || exit 1\n", NAMED),
        ("pgrep -x haproxy\n", NAMED),
        ("pgrep -f /usr/sbin/haproxy || exit 1\n", NAMED),
        ("pgrep -f -u haproxy haproxy || exit 1\n", NAMED),
        (f"n=$(ps -ef | grep haproxy | wc -l)\nif [ $n -lt 2 ]; {EXIT}", OTHER),
        (f"n=$(ps -ef | grep haproxy | grep -v grep | wc -l)\nif [ $n -eq 0 ]; {EXIT}", OTHER),
        (f"n=$(ps -ef | grep haproxy | grep -v grep | grep -v check | wc -l)\nif [ $n -eq 0 ]; {EXIT}", NAMED),
        (f"if [ $(ps -C haproxy --no-header | wc -l) -eq 0 ]; {EXIT}", NAMED),
        ("pgrep -f haproxy || exit 1\n/usr/local/bin/check_answer\n", NAMED),
        ("pgrep -f haproxy || exit 1\ncurl -sf http://127.0.0.1/\n", NAMED),
        ("if pgrep -f haproxy; then\n  curl -sf http://127.0.0.1/\nelse\n  exit 1\nfi\n", NAMED),
        (f"if ! pgrep -f 'haproxy('; {EXIT}", NAMED),  # no expression
        ("if ps -ef | grep -v grep | grep -q haproxy; then exit 0; fi\nexit 1\n", OTHER),
        ("ps -ef | grep -v grep | grep -q haproxy || exit 1\n", OTHER),
        (f"if [ $(ps -ef | grep -v 'grep' | grep -c haproxy) -eq 0 ]; {EXIT}", OTHER),
        (f"if [ $(ps -ef | grep -w haproxy | grep -v grep | wc -l) -eq 0 ]; {EXIT}", NAMED),
        (f"if ! ps axo comm | grep -q haproxy; {EXIT}", NAMED),
        ("ps ax -o comm= | grep -qx haproxy || exit 1\n", NAMED),
        (f"if ! ps -ef | grep haproxy | grep -Ev 'grep|check' > /dev/null; {EXIT}", NAMED),
        (f"if ! ps -ef | grep haproxy | grep -v -e grep -e check_; {EXIT}", NAMED),
        (f"if ! ps -ef | grep haproxy | grep -v 'grep\\|check_'; {EXIT}", NAMED),
        (f"if ! ps -ef | grep haproxy | grep -v grep | grep -q /usr/sbin; {EXIT}", NAMED),
    ],
)
def test_one_that_may_fail(body: str, path: str) -> None:
    assert count(body, path) == 0


@pytest.mark.parametrize(
    "body, errors",
    [
        ("if [ ! -f /run/haproxy.pid ]; then exit 1; fi\nexit 0\n", 2),
        ("[ -e /run/haproxy.pid ] || exit 1\n", 2),
        ("/usr/bin/test -e /run/haproxy.pid || exit 1\n", 2),
        ("if [ ! -f /run/haproxy.pid ]; then exit 1; fi\nkill -0 $(cat /run/haproxy.pid)\n", 0),
        ("[ -f /run/haproxy.pid ] || exit 1\nps -p $(cat /run/haproxy.pid)\n", 0),
        ("if [ ! -f /run/haproxy.pid ]; then\n  systemctl restart haproxy\n  exit 1\nfi\nexit 0\n", 2),
        ("[ -f /run/haproxy.pid ] || exit 1\n. /lib/lsb/init-functions\nstatus_of_proc haproxy\n", 0),
        ("[ -d /proc/$(< /run/haproxy.pid) ]\n", 0),
    ],
)
def test_a_file_with_a_process_number_stays_when_the_process_is_killed(body: str, errors: int) -> None:
    assert count(body, OTHER) == errors


@pytest.mark.parametrize(
    "rest, errors",
    [
        ("[ -e /run/haproxy.pid ] > /dev/null 2>&1 || exit 1\n" * 40, 2),
        ("[ -e /run/haproxy.pid ] > /dev/null 2>&1 || exit 1\n" * 40 + "pidof haproxy\n", 0),
        (">" * 200 + " /dev/null\npidof haproxy\n", 0),
    ],
)
def test_a_long_script_is_read_at_once(rest: str, errors: int) -> None:
    """Without atomic groups the second and the third are read for hours."""
    assert count(f"[ -e /run/haproxy.pid ] || exit 1\n{rest}", OTHER) == errors


@pytest.mark.parametrize(
    "body, errors",
    [
        ("systemctl is-active haproxy\necho checked\n", 2),
        ('systemctl is-active haproxy\nif [ $? -ne 0 ]; then\n  logger "haproxy is down"\nfi\n', 2),
        ("if ! pidof haproxy; then\n  systemctl restart haproxy\nfi\n", 0),
        ("if pidof haproxy; then\n  true\nelse\n  echo down; exit 1\nfi\necho fine\n", 0),
        ("pidof haproxy && exit 0\necho down; exit 1\n", 0),
        ("pidof haproxy\nrc=$?\necho $rc\nexit $rc\n", 0),
        ("if [ -f /x ]; then\n  pidof haproxy\nelse\n  echo none\nfi\n", 0),
    ],
)
def test_a_script_whose_last_command_only_says_something(body: str, errors: int) -> None:
    assert count(body, OTHER) == errors
