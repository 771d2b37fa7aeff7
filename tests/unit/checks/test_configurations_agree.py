"""Two files that must say the same."""

from dataclasses import replace

import msgspec
import pytest

from harness import checks
from harness.model.limits import Limits
from harness.model.ops import AnyOp, ServiceDown, ServiceReload
from harness.model.outcome import Finding
from harness.model.vrrp_instance import UnicastPeer, VrrpInstance
from tests.histories import LB1, LB2, HistoryBuilder, running_instance
from tests.shapes import three_nodes

Programs = dict[str, dict[str, str]]
RELOAD = ServiceReload(LB2, "keepalived")


def judged(
    first: str = "", second: str = "", changed: dict[str, object] | None = None, programs: Programs | None = None
) -> Finding:
    """`first`, `second`: further lines of each node's instance; `changed`: fields of the second's settings."""
    story = HistoryBuilder()
    router = story.limits.routers["external"]
    settings = dict(router.vrrp)
    for node, extra in ((LB1, first), (LB2, second)):
        settings[node] = HistoryBuilder(extra=extra).limits.routers["external"].vrrp[node]
    settings[LB2] = msgspec.structs.replace(settings[LB2], **(changed or {}))
    limits = Limits({"external": msgspec.structs.replace(router, vrrp=settings)})
    history, step = story.judged()
    told = replace(history, programs=programs or {})
    return checks.configurations_agree(told, replace(step, limits=limits))


def test_two_releases_are_told_and_violate_nothing() -> None:
    """As during an upgrade of one node after the other."""
    mixed = judged(programs={LB1: {"keepalived": "2.2.7"}, LB2: {"keepalived": "2.3.3"}})
    assert mixed.holds
    assert mixed.sentence.endswith(" Their keepalived differs: 2.2.7 on lb-ext-1, 2.3.3 on lb-ext-2.")
    for alike in ({LB1: {"keepalived": "2.3.3"}, LB2: {"keepalived": "2.3.3"}}, {LB1: {"keepalived": "2.2.7"}}):
        assert judged(programs=alike).sentence == judged().sentence


def test_as_shipped() -> None:
    finding = judged()
    assert finding.holds
    assert "VRID 51" in finding.sentence


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"version": 2}, "vrrp_version: 3 on lb-ext-1, 2 on lb-ext-2"),
        ({"vrid": 52}, "virtual_router_id: 51 on lb-ext-1, 52 on lb-ext-2"),
        ({"advert_int_ns": 10**9}, "advert_int: 100 ms on lb-ext-1, 1 s on lb-ext-2"),
        ({"vips": ("10.77.0.100", "10.77.0.101")}, "virtual_ipaddress: 10.77.0.100 on"),
        ({"excluded": ("10.77.0.100",)}, "virtual_ipaddress_excluded: none on lb-ext-1, 10.77.0.100 on lb-ext-2"),
        ({"use_vmac": True}, "use_vmac"),
        ({"sync_group": "both"}, "vrrp_sync_group: none on lb-ext-1, both on lb-ext-2"),
    ],
)
def test_what_must_be_the_same(changed: dict[str, object], said: str) -> None:
    finding = judged(changed=changed)
    assert finding.violated
    assert said in finding.sentence


def test_what_may_differ() -> None:
    assert judged(changed={"priority": 99, "preempt": False, "interface": "lan1", "garp_master_refresh_ns": 1}).holds


def test_vip_of_the_lab_is_missing_on_both() -> None:
    assert "lacks 10.77.0.100" in judged(changed={"vips": ("10.77.0.9",)}).sentence


def of_version(version: int, first: str, second: str) -> Finding:
    """Both nodes have an authentication block with these lines."""
    blocks = [f"version {version}\nauthentication {{\n{lines}\n}}" for lines in (first, second)]
    return judged(blocks[0], blocks[1])


def test_password_is_compared_and_never_shown() -> None:
    first, second = (f"auth_type PASS\nauth_pass {word}" for word in ("hush", "hash"))
    assert of_version(2, first, first).holds
    finding = of_version(2, first, second)
    assert finding.violated
    assert "hush" not in finding.sentence + str(finding.instants)


def test_what_keepalived_does_not_compare_may_differ() -> None:
    """VRRPv3 has no authentication; of a password eight characters are used; the order of lines says nothing."""
    first, second = (f"auth_type PASS\nauth_pass {word}" for word in ("hush", "hash"))
    assert of_version(3, first, second).holds
    assert of_version(2, "auth_type PASS\nauth_pass 12345678a", "auth_pass 12345678b\nauth_type PASS").holds
    assert of_version(2, "auth_type PASS\nauth_pass 1234567a", "auth_type PASS\nauth_pass 1234567b").violated
    assert of_version(2, "auth_type PASS\nauth_pass hush", "auth_type AH\nauth_pass hush").violated


def test_unicast_peers_name_each_other() -> None:
    one, two = (f"unicast_peer {{\n10.77.0.{host}\n}}" for host in (1, 2))
    assert judged(two, one).holds
    assert "unicast_peer of lb-ext-2 lacks 10.77.0.1" in judged(two, two).sentence
    assert judged(two, "").violated


def running(first: VrrpInstance, second: VrrpInstance) -> Finding:
    """The settings that each keepalived reported; both files agree."""
    story = HistoryBuilder().runs(LB1, -1.5, 100, first).runs(LB2, -1.5, 100, second)
    return checks.configurations_agree(*story.judged())


def test_what_runs_is_compared_where_the_files_agree() -> None:
    one = running_instance()
    assert running(one, running_instance(priority=100)).holds
    finding = running(one, running_instance(advert_int_ns=10**9))
    assert finding.violated
    assert "advert_int: 100 ms on lb-ext-1, 1 s on lb-ext-2" in finding.sentence
    unicast = running_instance(unicast=True, unicast_peers=(UnicastPeer("10.77.0.2"),))
    assert "unicast_peer of lb-ext-2 lacks 10.77.0.1" in running(unicast, one).sentence


def test_an_instance_that_does_not_run() -> None:
    finding = running(running_instance(), running_instance(vrid=52))
    assert finding.violated
    assert "the keepalived of lb-ext-2 runs no vrrp_instance with virtual_router_id 51" in finding.sentence


def test_passwords_that_run_are_compared_by_their_marks() -> None:
    one, same, other, of_another_key = (
        running_instance(version=2, authentication="PASS", password=mark)
        for mark in ("key1.aaaaaaaa", "key1.aaaaaaaa", "key1.bbbbbbbb", "key2.cccccccc")
    )
    assert running(one, same).holds
    assert "authentication differs" in running(one, other).sentence
    assert running(one, of_another_key).holds  # the agent began anew in between: nothing is known
    assert running(one, running_instance(version=2)).violated


@pytest.mark.parametrize("field, word", [("vips", "virtual_ipaddress"), ("excluded", "virtual_ipaddress_excluded")])
def test_addresses_are_compared_as_a_set_and_named(field: str, word: str) -> None:
    finding = judged(changed={field: ("10.77.0.102", "10.77.0.101")})
    first = "10.77.0.100" if field == "vips" else "none"
    assert f"{word}: {first} on lb-ext-1, 10.77.0.101, 10.77.0.102 on lb-ext-2" in finding.sentence


def test_an_instance_without_addresses() -> None:
    assert "virtual_ipaddress: 10.77.0.100 on lb-ext-1, none on lb-ext-2;" in judged(changed={"vips": ()}).sentence


def test_how_many_agree() -> None:
    assert judged().sentence.startswith("Both nodes say VRID 51, advert_int 100 ms")
    three = checks.configurations_agree(*HistoryBuilder(shape=three_nodes()).judged())
    assert three.holds
    assert three.sentence.startswith("All 3 nodes say VRID 51")


def test_one_of_three_has_another_password() -> None:
    """Each node is compared with every other one."""
    history, step = HistoryBuilder(shape=three_nodes()).judged()
    router = step.limits.routers["external"]
    words = {node: ("auth_type", "PASS", "auth_pass", "hash" if node == "lb-ext-3" else "hush") for node in router.vrrp}
    vrrp = {n: msgspec.structs.replace(old, version=2, authentication=words[n]) for n, old in router.vrrp.items()}
    limits = Limits({"external": msgspec.structs.replace(router, vrrp=vrrp)})
    finding = checks.configurations_agree(history, replace(step, limits=limits))
    assert finding.sentence == "authentication differs between lb-ext-1, lb-ext-2 and lb-ext-3."


def test_a_password_without_its_word_is_no_error() -> None:
    """keepalived reads on, and so do we."""
    finding = judged(changed={"version": 2, "authentication": ("auth_type", "PASS", "auth_pass")})
    assert "The check itself failed" not in finding.sentence
    assert "vrrp_version" in finding.sentence


def test_what_another_node_runs_is_not_asked_for_this_router() -> None:
    story = HistoryBuilder().runs("gw-1", -1.5, 100, running_instance(vrid=52))
    assert checks.configurations_agree(*story.judged()).holds


def changed_at(t: float, op_at: float = 0.0, op: AnyOp = RELOAD, until: float | None = None) -> Finding:
    """lb-ext-2 reloads another interval during the step, and tells of it at `t`. An op began at `op_at`."""
    story = HistoryBuilder().op(RELOAD, 0.0).op(op, op_at, until)
    story.runs(LB1, -1.5, 100, running_instance()).runs(LB2, -1.5, 100, running_instance(priority=100))
    return checks.configurations_agree(
        *story.runs(LB2, t, 100, running_instance(priority=100, advert_int_ns=10**9)).judged()
    )


def test_what_runs_when_the_step_ends_is_compared_too() -> None:
    finding = changed_at(1.3)
    assert finding.violated
    assert finding.sentence == "At the end of the step: advert_int: 100 ms on lb-ext-1, 1 s on lb-ext-2."
    assert changed_at(10.5).holds  # told after the step: the next one is judged by it


def test_keepalived_tells_of_a_reload_a_second_later() -> None:
    """An op so shortly before the end may have taken the difference back."""
    assert changed_at(1.3, op_at=8.0).violated
    assert changed_at(1.3, op_at=8.000_000_001).inconclusive


@pytest.mark.parametrize("until, verdict", [(8.0, "violated"), (8.000_000_001, "inconclusive")])
def test_the_end_of_an_op_may_have_taken_it_back_too(until: float, verdict: str) -> None:
    """What replaced keepalived's file is released: keepalived reads the old one again."""
    assert changed_at(1.3, 1.0, ServiceDown(LB1, "keepalived"), until).verdict == verdict
