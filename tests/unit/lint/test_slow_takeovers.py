"""takeover-slow and announcements-held-back."""

import pytest

from harness.lint import Pair
from tests.lint_pairs import SITES, conf, found, recorded, two
from tests.unit.lint.krules import both, findings, instance

MANY = " ".join(f"192.0.2.{number}/24" for number in range(100, 130))


def checked(interval: int, fall: int, lines: str = "") -> Pair:
    said = f"interval {interval}\nfall {fall}\n{lines}"
    command = "/usr/bin/pgrep -x haproxy"
    texts = [conf(each, command, lines=said).replace("interval 1\nfall 2\n", "") for each in (101, 100)]
    return two(confs=(texts[0], texts[1]))


@pytest.mark.parametrize("interval, fall, count", [(60, 5, 1), (30, 3, 1), (10, 3, 0), (2, 2, 0)])
def test_a_check_that_takes_minutes(interval: int, fall: int, count: int) -> None:
    assert found("takeover-slow", checked(interval, fall)) == [("warning", "lb1/keepalived.conf:7")] * count


def test_adverts_that_are_rare() -> None:
    texts = [instance("  advert_int 30", priority=priority) for priority in (101, 100)]
    (finding,) = findings("takeover-slow", both(*texts))
    assert "After the node has died" in finding.sentence


@pytest.mark.parametrize(
    "said, vips, count",
    [
        ("vrrp_garp_interval 1", MANY, 1),
        ("vrrp_garp_interval 0.2", MANY, 1),
        ("vrrp_garp_interval 0.01", MANY, 0),
        ("vrrp_garp_interval 1", "192.0.2.10/24", 0),
        ("vrrp_gna_interval 1", MANY, 0),
        ("vrrp_garp_interval soon", MANY, 0),
        ("router_id a", MANY, 0),
    ],
)
def test_the_last_of_many_addresses(said: str, vips: str, count: int) -> None:
    texts = [f"global_defs {{\n  {said}\n}}\n{instance(priority=each, vips=vips)}" for each in (101, 100)]
    found = findings("announcements-held-back", both(*texts))
    assert [(each.severity, each.line) for each in found] == [("warning", 2)] * 2 * count


@pytest.mark.parametrize("rule", ["takeover-slow", "announcements-held-back"])
def test_the_recorded_sites_are_silent(rule: str) -> None:
    assert [folder.name for folder in SITES.iterdir() if found(rule, recorded(folder.name))] == []
