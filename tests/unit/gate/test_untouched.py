"""What no test of the gate breaks or asks is named: SAFE says nothing of it."""

from harness.gate.prepare import Wish, prepare
from tests.lint_pairs import SOUND as SOUND_CFG
from tests.lint_pairs import conf, two
from tests.recorded_sites import recorded


def test_the_other_node_of_an_active_active_pair_is_named_as_not_broken() -> None:
    prepared = prepare(recorded("shop-active-active"), Wish())
    (said,) = [each for each in prepared.not_tried if each.startswith("failures of ")]
    victim = next(name for name, own in prepared.place.names.items() if own == prepared.target.victim)
    assert said.endswith(f": each fault meets {victim}")
    assert "which has no address" not in said


def test_the_standby_is_named_as_not_broken() -> None:
    """A check of the owner that asks for its peer fails with it."""
    said = [each for each in prepare(recorded("wiki-minimal"), Wish()).not_tried if each.startswith("failures of ")]
    assert said == ["failures of lb2, which has no address: each fault meets lb1"]


def test_an_address_of_one_node_alone_is_named_at_that_node() -> None:
    """VI_2 is on lb2 alone: no test moves it, and lb2 has an address all the same."""
    alone = conf(100, vips=("192.0.2.12",)).replace("web", "other").replace("_id 51", "_id 52")
    prepared = prepare(two(confs=(conf(101), conf(100) + alone)), Wish())
    (said,) = [each for each in prepared.not_tried if each.startswith("failures of ")]
    assert said == "failures of lb2, which has 192.0.2.12: each fault meets lb1"


def test_a_card_that_no_test_pulls_is_named() -> None:
    """The servers may be behind it."""
    pair = two(confs=(conf(101), conf(100)), cards={"eth1": "198.51.100.{}/24"})
    prepared = prepare(pair, Wish())
    assert "the cable of lb1's card eth1: no test pulls it alone" in prepared.not_tried
    assert not any("eth0" in each for each in prepared.not_tried)


def test_a_port_that_no_customer_asks_is_named() -> None:
    """Statistics are no customers', and so is what has no server behind it."""
    more = "    bind *:443\n    bind 192.0.2.10:8000-8010\n    bind 127.0.0.1:81\n    default_backend app"
    cfg = SOUND_CFG.replace("    default_backend app", more) + "frontend stats\n    bind *:8404\n    stats enable\n"
    said = [
        each for each in prepare(two(cfg, confs=(conf(101), conf(100))), Wish()).not_tried if "customers of" in each
    ]
    assert said == [
        "customers of 192.0.2.10 at port 443: one port of each VIP is asked",
        "customers of 192.0.2.10 at port 8000 to 8010: one port of each VIP is asked",
    ]
    plain = prepare(two(SOUND_CFG, confs=(conf(101), conf(100))), Wish()).not_tried
    assert not any("customers of" in each for each in plain)
