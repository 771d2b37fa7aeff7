"""check-needs-shell."""

import pytest

from tests.lint_pairs import conf, found, two
from tests.unit.lint.krules import file, findings, instance, node, pair_of

RULE = "check-needs-shell"
PATH = "/usr/local/sbin/check.sh"


def of(command: str, files: dict[str, str] | None = None, lines: str = "") -> list[tuple[str, str]]:
    return found(RULE, two(confs=(conf(101, command, lines=lines), conf(100, command, lines=lines)), files=files))


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/killall -0 haproxy || exit 1",
        "pgrep haproxy > /dev/null",
        "/usr/bin/curl -sf http://127.0.0.1/ >/dev/null 2>&1",
        "/bin/kill -0 $(cat /run/haproxy.pid)",
        "/usr/bin/ss -ltn | grep :443",
        "nc -z 127.0.0.1 80 ; true",
        "/bin/grep up /run/x || exit 1",
    ],
)
def test_operators_are_arguments(command: str) -> None:
    assert of(command) == [("error", "lb1/keepalived.conf:2"), ("error", "lb2/keepalived.conf:2")]


@pytest.mark.parametrize(
    "command",
    ["pidof haproxy || exit 1", "systemctl is-active haproxy > /x", f"{PATH} | x",
     "/bin/grep -q up /run/x || exit 1", "/bin/fuser 80/tcp > /dev/null"],
)  # fmt: skip
def test_a_program_that_may_take_them_is_a_note(command: str) -> None:
    assert [severity for severity, _ in of(command)] == ["note", "note"]


@pytest.mark.parametrize(
    "command",
    [
        "/bin/sh -c 'killall -0 haproxy || exit 1'",
        "/usr/bin/killall -0 haproxy",
        "pgrep -f 'a|b'",
        "timeout 2 sh -c 'x | y'",
    ],
)
def test_what_a_shell_gets_or_what_has_none_is_fine(command: str) -> None:
    assert of(command) == []


@pytest.mark.parametrize(
    "command, text, count",
    [
        ("</dev/tcp/127.0.0.1/443", "", 2),
        (PATH, "#!/bin/sh\n: < /dev/tcp/127.0.0.1/443\n", 2),
        (PATH, "#!/bin/sh\nexec 3<>/dev/tcp/127.0.0.1/443 || exit 1\n", 2),
        (PATH, "#!/bin/sh\necho > /dev/tcp/127.0.0.1/443\n", 2),
        (PATH, "#!/bin/sh\necho >/dev/tcp/127.0.0.1/443 || exit 1\n", 2),
        (PATH, '#!/bin/sh\ntimeout 1 bash -c "</dev/tcp/127.0.0.1/443"\n', 0),
        (PATH, "#!/bin/sh\n/bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/443' || exit 1\n", 0),
        (PATH, "#!/bin/sh\n# bash: </dev/tcp/127.0.0.1/443\npidof haproxy\n", 0),
        (PATH, "#!/bin/bash\n: < /dev/tcp/127.0.0.1/443\n", 0),
        ("/bin/bash -c '</dev/tcp/127.0.0.1/443'", "", 0),
    ],
)
def test_dev_tcp_is_bash_s(command: str, text: str, count: int) -> None:
    assert [severity for severity, _ in of(command, {PATH: text} if text else None)] == ["warning"] * count


def test_a_weighted_check_beside_another_one_is_a_warning() -> None:
    text = (
        'vrrp_script a {\n  script "killall -0 haproxy || exit 1"\n  weight -5\n}\n'
        'vrrp_script b {\n  script "/usr/bin/pidof haproxy"\n}\n' + instance("  track_script {\n    a\n    b\n  }")
    )
    one, other = (node(name, text, files=[file(PATH)]) for name in ("a", "b"))
    assert [(each.severity, each.line) for each in findings(RULE, pair_of(one, other))] == [("warning", 2)] * 2
