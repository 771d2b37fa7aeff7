"""What `keepalived -t` (2.3.3) and `haproxy -c` (3.0.11) said of real files, and what follows from it."""

import pytest

from harness.model.file_problem import Problem, by_line, quoted
from harness.model.haproxy_messages import PATH as CFG
from harness.model.haproxy_messages import haproxy_problems
from harness.model.keepalived_messages import PATH as CONF
from harness.model.keepalived_messages import keepalived_problems

FILE = """\
vrrp_script chk {
    interval 2
    script "/usr/local/bin/check_it"
}
vrrp_instance external {
    state SLAVE
    virtual_router_id 51
    virtual_ipaddres {
        10.77.0.100/24 dev lan0
    }
    authentication {
        auth_pass 0123456789
    }
}
vrrp_instance second {
}
vrrp_sync_group both {
}
"""


def told(output: str, status: int) -> list[tuple[int, str]]:
    return [(each.line, each.severity) for each in keepalived_problems("lb-ext-1", {CONF: FILE}, status, output)]


@pytest.mark.parametrize(
    "output, status, expected",
    [
        ("", 0, []),
        ("SECURITY VIOLATION - scripts are being executed but script_security not enabled.", 6, []),
        ("(/etc/keepalived/keepalived.conf: Line 12) Truncating auth_pass to 8 characters", 5, []),
        ("(external) Ignoring track_interface lan0 since own interface", 5, []),
        ("Unable to lock process in memory - Cannot allocate memory", 5, []),
        ("WARNING - default user 'keepalived_script' for script execution does not exist - please create.", 5, []),
        (
            "(/etc/keepalived/keepalived.conf: Line 9) Unable to set default user for vrrp script x - removing",
            5,
            [(9, "lost")],
        ),
        ("(external) the virtual router id must be set", 5, [(5, "will not run")]),
        ("Virtual router x specified in sync group both doesn't exist - ignoring", 5, [(17, "lost")]),
        ("(external) track_interface a is configured on VRRP instance and sync group. Remove one", 5, []),
        ("external and second both use VRID 51 with IPv4 on interface lan0", 5, [(5, "will not run")]),
        ("(external) No VIP specified; at least one is required", 5, [(5, "will not run")]),
        ("(external) No VIP specified; at least one is sensible", 5, [(5, "harmless")]),
        (
            "(/etc/keepalived/keepalived.conf: Line 7) *** Configuration line starting `x` is missing a parameter",
            2,
            [(7, "will not run")],
        ),
        (
            ("(/etc/keepalived/keepalived.conf: Line 9) WARNING - interface bond0 for ip address 10.77.0.100/24 "
            "doesn't exist\nNon-existent interface specified in configuration"),
            5,
            [(9, "will not run"), (0, "will not run")],
        ),
        ("Disabling track script chk since not found/accessible", 5, [(3, "lost")]),
        ("Disabling track script chk due to insecure", 5, [(3, "lost")]),
        ("(external) ignoring tracked script chk with weights due to address_owner", 5, [(5, "lost")]),
        ("(external) Warning - nopreempt will not work with initial state MASTER - clearing", 5, [(5, "lost")]),
        ("(external) VRRP version 3 does not support authentication. Ignoring.", 5, [(5, "lost")]),
        ("(external) VRRPv2 advertisement interval 0.500000s must be an integer. rounding", 5, [(5, "lost")]),
        (
            "(/etc/keepalived/keepalived.conf: Line 6) (external) unknown state 'SLAVE', defaulting to BACKUP",
            5,
            [(6, "lost")],
        ),
        (
            ("(/etc/keepalived/keepalived.conf: Line 7) number '300' outside range [1, 255]\n"
            "(/etc/keepalived/keepalived.conf: Line 7) (external) Priority not valid! must be between 1 & 255. "
            "Using default 100"),
            5,
            [(7, "lost")],
        ),
        ("(/etc/keepalived/keepalived.conf: Line 13) (external) track script x not found", 6, [(13, "lost")]),
        ("(Line 1) Config files missing '/etc/keepalived/conf.d/*.conf'.", 0, [(1, "lost")]),
        ("There are 1 missing '}'s or extra '{'s\nThere are 1 missing '}'s or extra '{'s", 5, [(0, "lost")]),
        ("(Line 8) Unknown keyword 'x'\n(/etc/keepalived/keepalived.conf: Line 8) Unknown keyword", 5, [(8, "lost")]),
    ],
)  # fmt: skip
def test_what_keepalived_said(output: str, status: int, expected: list[tuple[int, str]]) -> None:
    assert told(output, status) == expected


@pytest.mark.parametrize(
    "status, expected",
    [(0, "harmless"), (6, "harmless"), (5, "lost"), (2, "will not run"), (1, "will not run"), (124, "will not run")],
)
def test_an_unknown_message_counts_as_the_status_says(status: int, expected: str) -> None:
    """And it is shown."""
    (problem,) = keepalived_problems("lb-ext-1", {CONF: FILE}, status, "(external) what nobody has ever seen")
    assert (problem.severity, problem.said) == (expected, "(external) what nobody has ever seen")


def test_a_status_without_a_message() -> None:
    (problem,) = keepalived_problems("lb-ext-1", {CONF: FILE}, 124, "")
    assert problem == Problem("lb-ext-1", CONF, 0, "will not run", "keepalived -t ended with exit status 124.")
    assert keepalived_problems("lb-ext-1", {CONF: FILE}, 0, "") == []
    assert [each.severity for each in keepalived_problems("lb-ext-1", {CONF: FILE}, 5, "\n")] == ["lost"]


def test_a_typo_is_told_with_its_line() -> None:
    output = (
        "(/etc/keepalived/keepalived.conf: Line 8) Unknown keyword 'virtual_ipaddres'\n"
        "(/etc/keepalived/keepalived.conf: Line 8) Unexpected '{' - ignoring\n"
        "(/etc/keepalived/keepalived.conf: Line 9) Unknown keyword '10.77.0.100/24'\n"
        "(/etc/keepalived/keepalived.conf: Line 10) Unknown keyword '}'\n"
        "(external) No VIP specified; at least one is required\n"
    )
    first, *rest = keepalived_problems("lb-ext-1", {CONF: FILE}, 5, output)
    assert first == Problem("lb-ext-1", CONF, 8, "lost", "Unknown keyword 'virtual_ipaddres'", "virtual_ipaddres {")
    assert [each.line for each in rest] == [9, 10, 5]


def test_an_included_file_is_named() -> None:
    files = {CONF: "include conf.d/a.conf\n", "/etc/keepalived/conf.d/a.conf": "wrong\n"}
    (problem,) = keepalived_problems("n", files, 5, "(/etc/keepalived/conf.d/a.conf: Line 1) Unknown keyword 'wrong'")
    assert (problem.path, problem.line, problem.quoted) == ("/etc/keepalived/conf.d/a.conf", 1, "wrong")


def test_a_password_is_not_quoted() -> None:
    """Messages end up in tickets."""
    assert quoted(FILE, 12) == "auth_pass …"
    assert (quoted(FILE, 0), quoted(FILE, 99)) == ("", "")


def test_the_worst_of_a_line_is_told() -> None:
    lost, fatal = (Problem("n", CONF, 3, each, each) for each in ("lost", "will not run"))
    assert by_line([lost, fatal]) == [fatal]
    assert by_line([fatal, lost]) == [fatal]


NOTICES = """[NOTICE]   (67) : haproxy version is 3.0.11-1+deb13u4
[NOTICE]   (67) : path to executable is /usr/sbin/haproxy
"""
SUMMARY = """[ALERT]    (67) : config : Error(s) found in configuration file : /etc/haproxy/haproxy.cfg
[ALERT]    (67) : config : Fatal errors found in configuration.
"""


@pytest.mark.parametrize(
    "line, said",
    [
        (
            (
                "[ALERT]    (67) : config : parsing [/etc/haproxy/haproxy.cfg:2] : unknown keyword 'defualt_backend' "
                "in 'frontend' section"
            ),
            "unknown keyword 'defualt_backend' in 'frontend' section",
        ),
        (
            (
                "[ALERT]    (55) : config : parsing [/etc/haproxy/haproxy.cfg:2]: Missing LF on last line, file might "
                "have been truncated at position 39."
            ),
            "Missing LF on last line, file might have been truncated at position 39.",
        ),
        (
            "[ALERT]    (43) : config : [/etc/haproxy/haproxy.cfg:2] : 'server servers/api-1' : could not resolve it",
            "'server servers/api-1' : could not resolve it",
        ),
        (
            (
                "[ALERT]    (35) : config : Parsing [/etc/haproxy/haproxy.cfg:2]: failed to parse log-format : "
                "unexpected alias name near ' ' at position 9 line : '%{+Q}r {% {#'."
            ),
            "failed to parse log-format : unexpected alias name near ' ' at position 9 line : '%{+Q}r {% {#'.",
        ),
    ],
)
def test_an_alert_refuses_with_its_line(line: str, said: str) -> None:
    text = "frontend api\n    defualt_backend servers\n"
    found = haproxy_problems("lb-ext-1", text, 1, f"{NOTICES}{line}\n{SUMMARY}")
    assert found == [Problem("lb-ext-1", CFG, 2, "will not run", said, "defualt_backend servers")]


def test_a_warning_is_shown() -> None:
    output = f"""{NOTICES}[WARNING]  (59) : config : missing timeouts for frontend 'api'.
   | While not properly invalid, you will certainly encounter various problems
   | with such a configuration.
Warnings were found.
"""
    (problem,) = haproxy_problems("lb-ext-1", "", 0, output)
    assert (problem.severity, problem.line) == ("harmless", 0)
    assert problem.said.startswith("missing timeouts for frontend 'api'. While not properly invalid, you will")


def test_descriptors_that_only_a_start_asks_for() -> None:
    """`haproxy -c` ends with 0 then."""
    output = "[ALERT]    (20) : [haproxy.main()] Cannot raise FD limit to 100030, limit is 20000.\n"
    (problem,) = haproxy_problems("lb-ext-1", "", 0, output)
    assert problem.severity == "will not run"
    assert problem.said == "[haproxy.main()] Cannot raise FD limit to 100030, limit is 20000."


def test_a_status_of_haproxy_without_an_alert() -> None:
    said = "Configuration file has no error but will not start (no listener) => exit(2)."
    (problem,) = haproxy_problems("lb-ext-1", "", 2, f"{said}\n")
    assert (problem.severity, problem.said) == ("will not run", f"haproxy -c ended with exit status 2: {said}")
    assert haproxy_problems("lb-ext-1", "", 0, NOTICES) == []


@pytest.mark.parametrize(
    "status, output, expected",
    [
        (2, "(Line 7) Unknown keyword 'x'", [(7, "lost"), (0, "will not run")]),  # no message says why it ended
        (2, "(Line 7) Unknown keyword 'x'\n(external) No VIP specified", [(7, "lost"), (5, "will not run")]),
        (5, "(Line 7) Unknown keyword 'x'", [(7, "lost")]),
        (6, "(Line 7) what nobody has ever seen\n\n", [(7, "harmless")]),
        (6, "  \n", []),
        (7, "", [(0, "will not run")]),
        (10, "", [(0, "will not run")]),
        (12, "", [(0, "will not run")]),
        (5, "SECURITY VIOLATION - scripts are being executed", []),  # which is all that it ended for
        (2, "SECURITY VIOLATION - scripts are being executed", [(0, "will not run")]),
    ],
)
def test_a_status_is_told_where_no_message_is_as_bad(status: int, output: str, expected: list[tuple[int, str]]) -> None:
    assert told(output, status) == expected


LOOKED_UP = """\
@lb-ext-1 vrrp_instance "a b" {
}
vrrp_script bare {
    interval 2
}
vrrp_script next
{
    @^lb-ext-1 script "/bin/next"
}
vrrp_script last {
"""


@pytest.mark.parametrize(
    "said, line",
    [
        ("(a b) the virtual router id must be set", 1),
        ("Disabling track script bare since not found/accessible", 3),  # it has no script; that of the next is not its
        ("Disabling track script next since not found/accessible", 8),
        ("Disabling track script last since not found/accessible", 10),
        ("Disabling track script nex since not found/accessible", 0),
        ("nothing that names a block is invalid", 0),
    ],
)
def test_a_block_that_a_message_names(said: str, line: int) -> None:
    """In whichever file it is; line 0 where none has it."""
    path = "/etc/keepalived/conf.d/a.conf"
    (problem,) = keepalived_problems("n", {CONF: "include conf.d/a.conf\n", path: LOOKED_UP}, 5, said)
    assert (problem.path, problem.line) == (path if line else CONF, line)


def test_the_stamp_of_a_message_is_no_word_of_it() -> None:
    (problem,) = keepalived_problems("n", {CONF: FILE}, 5, "Sun Nov 29 08:03:07 2026: (Line 8) Unknown keyword 'x'")
    assert (problem.path, problem.line, problem.said) == (CONF, 8, "Unknown keyword 'x'")


@pytest.mark.parametrize("line, found", [(-1, ""), (0, ""), (1, "first"), (2, "last"), (3, "")])
def test_a_line_is_quoted_by_its_number(line: int, found: str) -> None:
    """From 1; the last one may have no line feed."""
    assert quoted("  first\nlast", line) == found


def test_of_equals_the_first_is_told_and_those_without_a_line_all_are() -> None:
    first, second = (Problem("n", CONF, 3, "lost", said) for said in ("cause", "consequence"))
    assert by_line([first, second]) == [first]
    without = [Problem("n", CONF, 0, "lost", said) for said in ("one", "other", "one")]
    assert by_line(without) == without[:2]
    elsewhere = [first, Problem("m", CONF, 3, "lost", "cause"), Problem("n", CFG, 3, "lost", "cause")]
    assert by_line(elsewhere) == elsewhere


WARNING = "[WARNING]  (59) : config : missing timeouts for frontend 'api'."
ALERT = "[ALERT]    (20) : config : parsing [/etc/haproxy/haproxy.cfg:1] : unknown keyword 'x'"


@pytest.mark.parametrize(
    "status, output, severities",
    [
        (1, f"{WARNING}\n{ALERT}\n", ["harmless", "will not run"]),  # the alert says why it ended
        (1, f"{WARNING}\n", ["harmless", "will not run"]),  # what it ended for is not said
        (0, f"{WARNING}\n", ["harmless"]),
        (0, f"{ALERT}\n", ["will not run"]),
    ],
)
def test_alerts_warnings_and_a_status(status: int, output: str, severities: list[str]) -> None:
    found = haproxy_problems("n", "x\n", status, output)
    assert [each.severity for each in found] == severities
    assert found[-1].said.startswith("haproxy -c ended") is (status == 1 and ALERT not in output)


def test_what_haproxy_said_last() -> None:
    (problem,) = haproxy_problems("n", "frontend api\n", 3, "first\nlast\n\n")
    assert problem == Problem("n", CFG, 0, "will not run", "haproxy -c ended with exit status 3: last")
    (silent,) = haproxy_problems("n", "frontend api\n", 3, " \n")
    assert silent.said == "haproxy -c ended with exit status 3: It said nothing."


def test_an_alert_of_another_file_and_of_a_start_have_their_places() -> None:
    output = (
        "[ALERT]    (67) : config : parsing [/etc/haproxy/conf.d/20-web.cfg:3] : unknown keyword 'x'\n"
        "[ALERT]    (13) : Binding [/etc/haproxy/haproxy.cfg:2] for frontend web: protocol tcpv4: cannot bind socket\n"
    )
    first, second = haproxy_problems("lb-ext-1", "frontend web\n    bind :80\n", 1, output)
    assert (first.path, first.line, first.quoted) == ("/etc/haproxy/conf.d/20-web.cfg", 3, "")
    assert (second.path, second.line, second.quoted) == (CFG, 2, "bind :80")
    assert second.said == "frontend web: protocol tcpv4: cannot bind socket"


def test_what_a_start_prints_first_is_no_reason_why_it_ended() -> None:
    start = (
        "Mon Nov 30 02:32:30 2026: Starting Keepalived v2.3.3 (03/30,2025)\n"
        "Mon Nov 30 02:32:30 2026: Something that is not known\n"
        "Mon Nov 30 02:32:30 2026: external and second both use VRID 51 with IPv4 on interface lan0\n"
    )
    assert told(start, 4) == [(5, "will not run")]
    assert told("Starting Keepalived v2.3.3 (03/30,2025)\nSomething that is not known", 4) == [(0, "will not run")]
