"""Two haproxy.cfg that began alike: a change made on one node alone, and what belongs to each node by right."""

import pytest

from tests.lint_pairs import SOUND, conf, found, two

DATABASE = """\
defaults
    mode tcp
listen galera
    bind *:3306
    option httpchk
    server db1 192.0.2.31:3306 check port 9200
    server db2 192.0.2.32:3306 check port 9200 backup
"""


def drifted(rule: str, ours: str, theirs: str) -> list[str]:
    made = found(rule, two(ours, other_cfg=theirs))
    assert all(severity == "warning" for severity, _ in made)
    return [place for _, place in made]


@pytest.mark.parametrize(
    "before, after, line",
    [
        (" backup", "", 7),
        ("9200 backup", "9300 backup", 7),
        ("9200 backup", "9200 backup disabled", 7),
        ("9200 backup", "9200 backup weight 0", 7),
        ("9200 backup", "9200 backup check-ssl", 7),
        ("9200 backup", "9200 backup weight 50", 0),
        ("9200 backup", "9200 backup inter 5s", 0),
    ],
)
def test_a_server_that_one_node_uses_otherwise(before: str, after: str, line: int) -> None:
    made = drifted("server-settings-differ", DATABASE, DATABASE.replace(before, after))
    assert made == ([f"haproxy.cfg:{line}"] if line else [])


def test_servers_on_the_nodes_themselves_in_one_file_for_both() -> None:
    """Each node's own server is another one: that of lb1 is first, that of lb2 a backup, on both."""
    head = SOUND.partition("    server")[0]
    one = head + "    server a 192.0.2.1:8080 check\n    server b 192.0.2.2:8080 check backup\n"
    assert drifted("server-settings-differ", one, one) == []


def test_each_node_prefers_its_own_server() -> None:
    local = "    server a 192.0.2.{}:8080 check\n    server b 192.0.2.{}:8080 check backup\n"
    head = SOUND.partition("    server")[0]
    assert drifted("server-settings-differ", head + local.format(1, 2), head + local.format(2, 1)) == []


CHECKED = SOUND.replace("\nbackend app\n", "\nbackend app\n    option httpchk GET /up\n")


@pytest.mark.parametrize(
    "theirs, line",
    [
        (CHECKED.replace("/up", "/status.php"), 9),
        (SOUND, 8),
        (CHECKED.replace("GET /up\n", "GET /up\n    http-check expect status 204\n"), 10),
        (CHECKED.replace("GET /up\n", "GET /up\n    http-check send-state\n"), 0),
        (CHECKED.replace("httpchk GET /up\n", "httpchk\n    http-check send meth GET uri /up\n"), 0),
        (CHECKED.replace("httpchk GET", "httpchk HEAD"), 9),
        (CHECKED.replace(" check\n", "\n"), 0),  # no server is asked: server-without-check tells of it
    ],
)
def test_servers_that_are_asked_for_something_else(theirs: str, line: int) -> None:
    assert drifted("health-checks-differ", CHECKED, theirs) == ([f"haproxy.cfg:{line}"] if line else [])


RULES = """\
    acl admin path_beg /admin
    acl office src 198.51.100.0/24
    http-request deny if admin !office
"""
GUARDED = SOUND.replace("    bind *:80\n", f"    bind *:80\n{RULES}")


@pytest.mark.parametrize(
    "theirs, lines",
    [
        (SOUND, [9]),
        (GUARDED.replace("198.51.100.0/24", "0.0.0.0/0"), [9]),
        (GUARDED.replace("admin", "staff"), [9]),
        (GUARDED.replace("acl admin", "acl staff").replace("if admin", "if staff"), []),
        (GUARDED.replace("    acl admin path_beg /admin\n    acl office", "    acl office").replace(
            "    http-request", "    acl admin path_beg /admin\n    http-request"), []),
        (GUARDED.replace("    http-request", "    http-request set-header X-Node lb2\n    http-request"), []),
        (GUARDED.replace("    http-request", "    redirect scheme https\n    http-request"), [9]),
        (SOUND.replace("mode http", "mode tcp"), [4]),
    ],
)  # fmt: skip
def test_requests_that_one_node_treats_otherwise(theirs: str, lines: list[int]) -> None:
    assert drifted("request-rules-differ", GUARDED, theirs) == [f"haproxy.cfg:{line}" for line in lines]


def test_own_names_and_addresses_are_no_difference() -> None:
    own = "    http-request deny unless {{ src 192.0.2.{} }}\n    redirect location http://{}.example.com/\n"
    ours, theirs = (
        SOUND.replace("    bind *:80\n", "    bind *:80\n" + own.format(*each)) for each in ((1, "lb1"), (2, "lb2"))
    )
    assert drifted("request-rules-differ", ours, theirs) == []


@pytest.mark.parametrize(
    "ours, theirs, line",
    [(20000, 2000, 2), (2000, 20000, 2), (8000, 6000, 0), (8000, 8000, 0)],
)
def test_a_node_that_takes_far_fewer_sessions(ours: int, theirs: int, line: int) -> None:
    one, other = (SOUND.replace("maxconn 8000", f"maxconn {each}") for each in (ours, theirs))
    assert drifted("session-limits-differ", one, other) == ([f"haproxy.cfg:{line}"] if line else [])


def test_limits_that_both_carry_the_stated_load() -> None:
    one, other = (SOUND.replace("maxconn 8000", f"maxconn {each}") for each in (20000, 2000))
    assert found("session-limits-differ", two(one, other_cfg=other, load=1500)) == []
    assert found("session-limits-differ", two(one, other_cfg=other, load=3000)) == []  # session-limit-below-load


TIMED = SOUND.replace("mode http\n", "mode http\n    timeout server {}\n    timeout client 30s\n")


@pytest.mark.parametrize(
    "ours, theirs, line",
    [("10m", "5s", 5), ("5s", "10m", 5), ("30s", "30000", 0), ("30s", "20s", 0), ("30s", "90s", 5)],
)
def test_a_node_that_waits_far_shorter(ours: str, theirs: str, line: int) -> None:
    made = drifted("timeouts-differ", TIMED.format(ours), TIMED.format(theirs))
    assert made == ([f"haproxy.cfg:{line}"] if line else [])


ALIVE = SOUND + "frontend alive\n    bind *:8404\n    monitor-uri /alive\n"


@pytest.mark.parametrize(
    "command, more, severity",
    [
        ("/usr/bin/curl -f http://192.0.2.1:8404/alive", "", "error"),
        ("/usr/bin/curl -f http://lb1:8404/alive", "", "error"),
        ("/usr/bin/curl -f http://192.0.2.1:8404/alive", "weight -20", "error"),
        ("/usr/bin/curl -f http://127.0.0.1:8404/alive", "", ""),
        ("/usr/bin/curl -f http://192.0.2.1:9999/alive", "", ""),  # whatever that is, it is not HAProxy
    ],
)
def test_a_check_that_was_copied_with_the_other_node_s_address(command: str, more: str, severity: str) -> None:
    confs = (conf(101, command, lines=more), conf(100, command, lines=more))
    made = found("check-asks-other-node", two(ALIVE, confs=confs))
    assert made == ([(severity, "lb2/keepalived.conf:2")] if severity else [])


def test_a_check_that_asks_its_own_node_as_well() -> None:
    script = "#!/bin/sh\ncurl -f http://127.0.0.1:8404/alive || curl -f http://192.0.2.1:8404/alive\n"
    confs = (conf(101, "/etc/keepalived/alive.sh"), conf(100, "/etc/keepalived/alive.sh"))
    pair = two(ALIVE, confs=confs, files={"/etc/keepalived/alive.sh": script})
    assert found("check-asks-other-node", pair) == []
