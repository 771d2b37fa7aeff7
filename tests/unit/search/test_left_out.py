"""What a pair's files ask for and the model does not have is named."""

import pytest

from harness.search.subject import of_site
from tests.lint_pairs import conf, two


def left_out(lines: str) -> list[str]:
    text = lines + "\n" + conf(101, more="track_process {\nproxy\n}")
    return list(of_site("texts", two(confs=(text, text))).left_out)


@pytest.mark.parametrize("lines", ["quorum 2", "quorum 0\nquorum_max 0", "quorum_max 3"])
def test_a_quorum_of_processes_is_named(lines: str) -> None:
    process = "vrrp_track_process proxy {{\nprocess haproxy\n{}\n}}"
    assert not left_out(process.format("quorum 1"))
    assert "web: the quorum of the process proxy: it is taken as one process or more" in left_out(process.format(lines))


@pytest.mark.parametrize(
    "lines, named",
    [
        ("interface_up_down_delays {\neth0 3\n}", "delays of carriers: they are told at once"),
        (
            "global_defs {\nvrrp_garp_interval 0.5\n}",
            "the interval of gratuitous ARPs: an announcement is sent at once",
        ),
        (
            "garp_group {\ngarp_interval 0.5\ninterface eth0\n}",
            "the interval of gratuitous ARPs: an announcement is sent at once",
        ),
    ],
)
def test_a_delay_of_the_whole_file_is_named(lines: str, named: str) -> None:
    assert f"lb1: {named}" in left_out(lines)
    assert not left_out("global_defs {\nvrrp_garp_interval 0\n}")  # of which keepalived drops the line


@pytest.mark.parametrize(
    "line, named",
    [
        ("notify_backup '/usr/bin/systemctl stop haproxy'", True),
        ("notify_master /n.sh", True),
        ("notify_fault '/usr/bin/logger fault'", False),
    ],
)
def test_a_notify_program_that_stops_or_starts_haproxy_is_named(line: str, *, named: bool) -> None:
    files = {"/n.sh": "#!/bin/sh\n# stop\nsystemctl restart haproxy\n"}
    line = line.replace("'", '"')
    pair = two(confs=(conf(101, more=line), conf(100)), files=files)
    said = f"web: {line.split()[0]}, which stops or starts HAProxy: it is taken as doing nothing"
    assert (said in of_site("texts", pair).left_out) == named
