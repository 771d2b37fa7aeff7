"""card-not-watched."""

from harness.lint import Pair
from tests.lint_pairs import SITES, SOUND, found, recorded, two
from tests.unit.lint.krules import instance

RULE = "card-not-watched"
CARDS = {"eth1": "198.51.100.{}/24"}
INSIDE = SOUND.replace("192.0.2.2", "198.51.100.2")
"""Its servers are behind eth1."""


def edge(*, out: tuple[str, ...] = (), group: bool = False, other: str = "eth1", cfg: str = INSIDE) -> Pair:
    """Instances outside on eth0 and inside on `other`."""
    grouped = "vrrp_sync_group g {\n  group {\n    outside\n    inside\n  }\n}\n" if group else ""
    confs = [
        grouped
        + instance(*out, priority=priority, vrid=1, name="outside")
        + instance(f"  interface {other}", priority=priority, vrid=2, name="inside", vips="198.51.100.10/24")
        for priority in (101, 100)
    ]
    return two(cfg, confs=(confs[0], confs[1]), cards=CARDS)


def test_servers_behind_a_card_that_only_another_instance_watches() -> None:
    assert found(RULE, edge()) == [("warning", "lb1/keepalived.conf:1"), ("warning", "lb2/keepalived.conf:1")]


def test_one_instance_whose_servers_are_behind_another_card() -> None:
    assert len(found(RULE, two(INSIDE, cards=CARDS))) == 2


def test_a_sync_group_or_a_tracked_card() -> None:
    assert found(RULE, edge(group=True)) == []
    assert found(RULE, edge(out=("  track_interface {\n    eth1\n  }",))) == []
    assert found(RULE, edge(out=("  track_interface {\n    eth1 weight -20\n  }",))) == []


def test_servers_on_the_card_of_the_customers_need_no_other() -> None:
    assert [each for each in found(RULE, edge(cfg=SOUND)) if each[1].endswith(":1")] == []


def test_servers_behind_a_router_are_reached_by_a_card_that_is_not_known() -> None:
    assert found(RULE, edge(cfg=SOUND.replace("192.0.2.2", "203.0.113.2"))) == []


def test_without_known_servers_two_instances_should_move_together() -> None:
    named = SOUND.replace("192.0.2.21", "app1.example.com").replace("192.0.2.22", "app2.example.com")
    assert len(found(RULE, edge(cfg=named))) == 4
    assert found(RULE, edge(cfg=named, group=True)) == []
    assert found(RULE, edge(cfg=named, other="eth0.20")) == []  # on the same cable


def test_a_check_that_asks_the_servers_watches_their_card() -> None:
    check = 'vrrp_script chk {\n  script "/usr/bin/curl -f http://127.0.0.1/"\n  interval 1\n}\n'
    track = "  track_script {\n    chk\n  }"
    confs = [check + instance(track, priority=priority) for priority in (101, 100)]
    assert found(RULE, two(INSIDE, confs=(confs[0], confs[1]), cards=CARDS)) == []


def test_the_recorded_sites_are_silent() -> None:
    assert [folder.name for folder in SITES.iterdir() if found(RULE, recorded(folder.name))] == []
