"""vip-not-bound."""

import pytest

from tests.lint_pairs import SOUND, VIP, conf, found, recorded, two

RULE = "vip-not-bound"
OTHER = "192.0.2.11"
BOTH = (conf(101, vips=(VIP, OTHER)), conf(100, vips=(VIP, f"{OTHER}/24 dev eth0")))
BOUND = SOUND.replace("*:80", f"{VIP}:80")


def test_a_second_vip_that_was_forgotten_at_its_line_on_each_node() -> None:
    assert found(RULE, two(BOUND, confs=BOTH)) == [
        ("error", "lb1/keepalived.conf:8"),
        ("error", "lb2/keepalived.conf:8"),
    ]


@pytest.mark.parametrize(
    "where",
    ["*:80", ":::80", f"{VIP}:80,{OTHER}:80", f"{VIP}:80\n bind {OTHER}:80-90", '"$VIP":80', "www.example.com:80"],
)
def test_sound_are_wildcards_both_addresses_and_what_is_not_known(where: str) -> None:
    assert found(RULE, two(SOUND.replace("*:80", where), confs=BOTH)) == []


def test_names_stand_for_the_addresses_of_hosts() -> None:
    text = SOUND.replace("*:80", f"{VIP}:80\n bind www.example.com:80")
    assert found(RULE, two(text, confs=BOTH, hosts={"www.example.com": OTHER})) == []
    assert len(found(RULE, two(text, confs=BOTH, hosts={"www.example.com": VIP}))) == 2


def test_an_instance_of_its_own_may_be_the_gateway_of_the_servers_unless_a_probe_asks_it() -> None:
    inside = conf(101, vips=("198.51.100.1",)).replace("web", "inside").replace("51\n", "52\n")
    confs = (conf(101) + inside, conf(100) + inside)
    assert found(RULE, two(BOUND, confs=confs)) == [
        ("warning", "lb1/keepalived.conf:16"),
        ("warning", "lb2/keepalived.conf:16"),
    ]
    asked = two(BOUND, confs=confs, probe=("http://198.51.100.1/",))
    assert {severity for severity, _ in found(RULE, asked)} == {"error"}


def test_an_address_of_the_inner_card_in_the_same_instance_may_be_a_gateway() -> None:
    confs = (conf(101, vips=(VIP, "198.51.100.1")), conf(100))
    assert found(RULE, two(BOUND, confs=confs)) == [("warning", "lb1/keepalived.conf:8")]


def test_a_vip_of_the_other_family_than_the_wildcard_is_a_warning() -> None:
    confs = (conf(101, vips=(VIP, "2001:db8::10")), conf(100))
    assert found(RULE, two(SOUND, confs=confs)) == [("warning", "lb1/keepalived.conf:8")]


def test_a_probe_of_an_ipv4_vip_where_only_an_ipv6_wildcard_listens() -> None:
    alone = SOUND.replace("*:80", ":::80 v6only")
    assert found(RULE, two(alone, probe=(f"http://{VIP}/",))) == [
        ("error", "lb1/keepalived.conf:7"),
        ("error", "lb2/keepalived.conf:7"),
    ]
    assert {severity for severity, _ in found(RULE, two(alone, probe=("http://192.0.2.100/",)))} == {"warning"}


def test_a_bind_to_another_card() -> None:
    other, cards = SOUND.replace("*:80", "*:80 interface eth1"), {"eth1": "198.51.100.{}/24"}
    pair = two(other, cards=cards, probe=(f"http://{VIP}/",))
    assert {severity for severity, _ in found(RULE, pair)} == {"error"}
    assert found(RULE, two(other, probe=(f"http://{VIP}/",))) == []  # a card that is not known
    assert found(RULE, two(other.replace("eth1", "eth0"), cards=cards)) == []


def test_a_wildcard_of_the_statistics_serves_no_customer() -> None:
    text = BOUND + "listen stats\n bind *:8404\n stats enable\n"
    assert len(found(RULE, two(text, confs=BOTH))) == 2


@pytest.mark.parametrize("name", ["tls-vip-bound", "press-include", "edge-sync-group"])
def test_sound_sites(name: str) -> None:
    assert found(RULE, recorded(name)) == []
