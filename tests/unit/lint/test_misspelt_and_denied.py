"""process-misspelt and everything-denied."""

import pytest

from tests.lint_pairs import SITES, SOUND, conf, found, recorded, two
from tests.unit.lint.krules import both, findings, instance


def looked_for(command: str) -> list[tuple[str, str]]:
    return found("process-misspelt", two(confs=(conf(101, command), conf(100))))


@pytest.mark.parametrize(
    "command",
    ["/usr/bin/pidof haprxoy", "/usr/bin/killall -0 haproy", "/usr/bin/pgrep -x haproxi", "/usr/bin/pgrep harproxy"],
)
def test_a_name_that_is_almost_haproxy(command: str) -> None:
    assert looked_for(command) == [("error", "lb1/keepalived.conf:2")]


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/pidof haproxy",
        "/usr/bin/pgrep haprox",  # a part of the name is enough
        "/usr/bin/killall -0 nginx",
        "/usr/bin/pidof hapee-lb",
        "/usr/bin/pgrep -f haproxy-systemd",
        "/usr/bin/curl http://haprxoy/",
    ],
)
def test_names_that_are_meant(command: str) -> None:
    assert looked_for(command) == []


@pytest.mark.parametrize("process, count", [("haproxi", 1), ("/usr/sbin/haprxy", 1), ("haproxy", 0), ("named", 0)])
def test_a_tracked_process(process: str, count: int) -> None:
    defined = f"vrrp_track_process hap {{\n  process {process}\n}}\n"
    text = defined + instance("  track_process {\n    hap\n  }", priority=101)
    assert len(findings("process-misspelt", both(text, instance()))) == count


def denied(*lines: str, more: str = "") -> list[tuple[str, str]]:
    return found("everything-denied", two(SOUND.replace("*:80", "\n    ".join(("*:80", *lines))) + more))


@pytest.mark.parametrize(
    "lines",
    [
        ("http-request deny",),
        ("http-request deny deny_status 503",),
        ("tcp-request connection reject",),
        ("tcp-request content reject", "http-request allow if { src 192.0.2.1 }"),
    ],
)
def test_a_refusal_without_a_condition(lines: tuple[str, ...]) -> None:
    assert denied(*lines) == [("error", "haproxy.cfg:7")]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("http-request deny if { path /x }",),
        ("http-request deny unless { src 192.0.2.0/24 }",),
        ("http-request allow if { src 192.0.2.0/24 }", "http-request deny"),
        ("tcp-request connection accept if { src 192.0.2.0/24 }", "tcp-request connection reject"),
        ("http-request redirect scheme https", "http-request deny"),
        (".if defined(CLOSED)", "http-request deny", ".endif"),
    ],
)
def test_a_refusal_of_some(lines: tuple[str, ...]) -> None:
    assert denied(*lines) == []


def test_a_backend_may_refuse() -> None:
    assert denied(more="backend closed\n    http-request deny\n") == []


@pytest.mark.parametrize("rule", ["process-misspelt", "everything-denied"])
def test_the_recorded_sites_are_silent(rule: str) -> None:
    assert [folder.name for folder in SITES.iterdir() if found(rule, recorded(folder.name))] == []
