"""tracked-file-fails, process-quorum-not-reached, check-asks-vip, script-needs-bash."""

import pytest

from tests.lint_pairs import VIP, conf, found, two


def _files(lines: str) -> str:
    more = "track_file {\nmaint\n}"
    return f"track_file maint {{\nfile /etc/maint\n{lines}\n}}\n" + conf(101, more=more)


@pytest.mark.parametrize("lines, severities", [("init_file 1", ["error"] * 2), ("init_file 0", []), ("", [])])
def test_a_tracked_file_that_begins_with_another_number_than_0(lines: str, severities: list[str]) -> None:
    made = found("tracked-file-fails", two(confs=(_files(lines), _files(lines))))
    assert [severity for severity, _ in made] == severities
    assert all(place.endswith("keepalived.conf:3") for _, place in made)


def test_one_node_out_of_service_may_be_meant() -> None:
    made = found("tracked-file-fails", two(confs=(_files("init_file 1"), _files("init_file 0"))))
    assert made == [("warning", "lb1/keepalived.conf:3")]


def test_the_file_that_the_site_brought_is_the_place() -> None:
    text = _files("init_file 1")
    made = found("tracked-file-fails", two(confs=(text, text), files={"/etc/maint": "1\n"}))
    assert made == [("error", "maint:1"), ("error", "maint:1")]


@pytest.mark.parametrize("number, severities", [(1, []), (2, []), (3, ["error"] * 2)])
def test_more_processes_than_haproxy_has(number: int, severities: list[str]) -> None:
    text = f"vrrp_track_process up {{\nprocess haproxy\nquorum {number}\n}}\n" + conf(
        101, more="track_process {\nup\n}"
    )
    made = found("process-quorum-not-reached", two(confs=(text, text)))
    assert [severity for severity, _ in made] == severities
    assert all(place.endswith("keepalived.conf:3") for _, place in made)


def test_another_program_may_have_more() -> None:
    text = "vrrp_track_process up {\nprocess nginx\nquorum 5\n}\n" + conf(101, more="track_process {\nup\n}")
    assert found("process-quorum-not-reached", two(confs=(text, text))) == []


GUARDED = f"#!/bin/sh\nip addr | grep -q {VIP} || exit 0\ncurl -sf http://{VIP}/\n"


@pytest.mark.parametrize(
    "command, told",
    [
        (f"/usr/bin/curl -sf http://{VIP}/", True),
        ("/usr/bin/curl -sf http://127.0.0.1/", False),
        (f"/usr/bin/nc -z {VIP} 80", True),
        (f"/usr/bin/curl -sf --interface lo http://{VIP}/", False),
        ("/etc/chk.sh", False),
    ],
)
def test_a_check_that_the_owner_answers(command: str, *, told: bool) -> None:
    text = conf(101, command)
    made = found("check-asks-vip", two(confs=(text, text), files={"/etc/chk.sh": GUARDED}))
    assert made == ([("error", "lb1/keepalived.conf:2"), ("error", "lb2/keepalived.conf:2")] if told else [])


@pytest.mark.parametrize(
    "script, line",
    [
        ("#!/bin/sh\nif [[ -n $(pidof haproxy) ]]; then exit 0; fi\nexit 1\n", 2),
        ("#!/bin/sh\nset -e\nexec 3<>/dev/tcp/127.0.0.1/80\n", 3),
        ("#!/usr/bin/env sh\nsource /etc/default/haproxy\n", 2),
        ("#!/bin/bash\nif [[ -n $(pidof haproxy) ]]; then exit 0; fi\nexit 1\n", 0),
        ("#!/bin/sh\n# [[ is bash's\npidof haproxy | grep -q '^[[:digit:]]'\n", 0),
        ('#!/bin/sh\n[ -n "$(pidof haproxy)" ]\n', 0),
    ],
)  # fmt: skip
def test_a_script_of_sh_that_is_written_for_bash(script: str, line: int) -> None:
    text = conf(101, "/etc/chk.sh")
    made = found("script-needs-bash", two(confs=(text, text), files={"/etc/chk.sh": script}))
    assert made == ([("warning", f"chk.sh:{line}")] if line else [])


def test_a_script_that_is_run_with_bash() -> None:
    text = conf(101, "/bin/bash /etc/chk.sh")
    files = {"/etc/chk.sh": "#!/bin/sh\n[[ -n $(pidof haproxy) ]]\n"}
    assert found("script-needs-bash", two(confs=(text, text), files=files)) == []
