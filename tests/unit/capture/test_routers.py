"""Several virtual routers in one capture."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.capture import judge
from harness.capture.judged import DECIDABLE
from harness.capture.routers import routers
from harness.capture.sight import Sight
from harness.model.errors import UsageError
from harness.model.units import ms
from tests.captures import ALL, END, LB1, LB2, Story, finding, takeover
from tests.frames import BEGIN, MACS, VIP, Stamped, advert, pcap

OTHER_VIP = "10.78.0.100"
OTHERS = {LB1: "10.78.0.1", LB2: "10.78.0.2"}


def tagged(frames: list[Stamped], vlan: int) -> Iterator[Stamped]:
    return ((t, frame[:12] + b"\x81\0" + vlan.to_bytes(2, "big") + frame[12:]) for t, frame in frames)


def renumbered(frames: list[Stamped]) -> list[Stamped]:
    """Those of a pair in another subnet, on machines of its own."""
    subnet = (b"\x0a\x4d\0", b"\x0a\x4e\0")
    return [(t, frame.replace(*subnet).replace(b"\x02\x77\0", b"\x02\x78\0")) for t, frame in frames]


def trunk(folder: Path, *, same_addresses: bool = False) -> Path:
    """VLANs 10 and 11, on each a sound pair with VRID 51; the one of VLAN 10 has a planned takeover."""
    story, other = takeover().points["gw2"], Story()
    other.adverts(LB1, 0, 12_000, "gw2")
    second = other.points["gw2"] if same_addresses else renumbered(other.points["gw2"])
    return pcap(folder / "trunk.pcap", sorted([*tagged(story, 10), *tagged(second, 11)]))


def test_two_routers_of_one_vrid_are_not_one_pair(tmp_path: Path) -> None:
    files = [trunk(tmp_path)]
    with pytest.raises(UsageError, match=r"have VRID 51: those of 10\.7[78]\.0\.100 and .* Choose one with --vip"):
        judge(files)
    names = {"a1": LB1, "a2": LB2, "b1": OTHERS[LB1]}
    for vip, nodes in ((VIP, ["a1", "a2"]), (OTHER_VIP, ["b1"])):
        (judged,) = judge(files, vip, names={name: ip for name, ip in names.items() if name in nodes}).vips
        assert [node.name for node in judged.nodes] == nodes
        assert not [each.sentence for each in judged.checks if each.violated and each.name in DECIDABLE]
    (judged,) = judge(files, VIP, names=names).vips
    assert [node.name for node in judged.nodes] == ["a1", "a2"], "a node of the other router is none of this one"


def test_two_vlans_with_the_same_addresses(tmp_path: Path) -> None:
    for vip in ("", VIP):
        with pytest.raises(UsageError, match=r"'trunk\.pcap' has adverts of VRID 51 for .* on VLAN 10 and 11"):
            judge([trunk(tmp_path, same_addresses=True)], vip)


def test_a_tag_that_only_one_of_two_points_shows_is_no_other_router(tmp_path: Path) -> None:
    frames = takeover().points["lb1"]
    files = [pcap(tmp_path / "lb1.pcap", frames), pcap(tmp_path / "trunk.pcap", tagged(frames, 10))]
    judged = judge(files)
    assert all(file.judged for file in judged.files)
    assert len(judged.vips) == 1


def test_a_takeover_may_wait_for_another_router_that_has_the_same_vrid(tmp_path: Path) -> None:
    """As instances of a sync group do: only of a single router the skew bounds it."""
    story, other = Story(), Story()
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB1, 3_000, 3_001, *ALL, priority=0)
    story.adverts(LB2, 4_500, END // ms, *ALL)
    assert finding(story.judge(tmp_path), "no_owner").violated
    other.adverts(LB1, 0, END // ms, "lb2")
    story.points["lb2"] += renumbered(other.points["lb2"])
    assert finding(story.judge(tmp_path, vip=VIP), "no_owner").inconclusive


def seen(*adverts: tuple[str, tuple[str, ...]]) -> Sight:
    sight = Sight("a")
    for i, (source, vips) in enumerate(adverts):
        sight.see(BEGIN + i * ms, 1, advert(source, 51, 100, *vips, ident=i))
    return sight


A, B, C, D = MACS


@pytest.mark.parametrize(
    "adverts, groups",
    [
        ([(A, ("10.0.0.1",)), (B, ("10.0.0.2",))], [{A}, {B}]),
        ([(A, ("10.0.0.1",)), (B, ("10.0.0.2",)), (C, ("10.0.0.2", "10.0.0.1"))], [{A, B, C}]),
        ([(A, ("10.0.0.1",)), (A, ("10.0.0.2",)), (B, ("10.0.0.2",))], [{A, B}]),  # its configuration changed
        ([(A, ("10.0.0.1",)), (B, ())], [{A, B}]),
        ([(A, ("10.0.0.1",)), (B, ()), (C, ("10.0.0.3",))], [{A}, {C}]),
        ([(A, ()), (B, ())], [{A, B}]),
        ([(A, ("10.0.0.1",)), (B, ("10.0.0.3", "10.0.0.2")), (C, ("10.0.0.1",)), (D, ("10.0.0.2",))], [{A, C}, {B, D}]),
    ],
)
def test_senders_with_a_common_vip_are_one_router(
    adverts: list[tuple[str, tuple[str, ...]]], groups: list[set[str]]
) -> None:
    assert [router.senders for router in routers([seen(*adverts)])] == groups
