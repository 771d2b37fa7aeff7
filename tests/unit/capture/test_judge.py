"""What `harness judge` says of failovers whose frames are made by hand."""

from pathlib import Path

import pytest

from harness import checks
from harness.capture import judge
from harness.capture.judged import DECIDABLE
from harness.model.errors import BadValue, NotMeasured, UnknownName, UsageError
from harness.model.units import ms
from tests.captures import ALL, END, LB1, LB2, Story, finding, june_13, takeover
from tests.frames import BEGIN, MACS, SYN, SYN_ACK, VIP, advert, arp, ethernet, ipv4, pcap, tcp


def test_june_13_is_seen_from_three_points(tmp_path: Path) -> None:
    judged = june_13().judge(tmp_path)
    assert judged.verdict == "violated"
    assert finding(judged, "no_stale_arp").violated
    assert f"to {LB2}" in finding(judged, "no_stale_arp").sentence
    assert finding(judged, "survivor_announced").violated
    assert finding(judged, "service_level").violated
    assert finding(judged, "takeover_announced").holds
    assert finding(judged, "dual_owner").holds
    assert finding(judged, "no_owner").holds
    assert finding(judged, "single_owner").holds


def test_every_check_of_the_harness_has_a_finding(tmp_path: Path) -> None:
    (vip,) = june_13().judge(tmp_path).vips
    assert [each.name for each in vip.checks] == sorted(checks.ALL)
    assert all("Missing" in each.sentence for each in vip.checks if each.inconclusive)


def test_clocks_are_brought_together(tmp_path: Path) -> None:
    judged = june_13().judge(tmp_path)
    clocks = {file.name: file.clock_s for file in judged.files}
    assert clocks["lb1.pcap"] - clocks["lb2.pcap"] == pytest.approx(37.123, abs=0.002)
    assert clocks["lb1.pcap"] - clocks["gw2.pcap"] == pytest.approx(-3_600, abs=0.002)


def test_a_survivor_that_announces_itself_holds(tmp_path: Path) -> None:
    judged = june_13(announced=True, healed_at=2_700).judge(tmp_path)
    assert finding(judged, "survivor_announced").holds
    assert finding(judged, "no_stale_arp").holds
    assert finding(judged, "served_by_owner").holds


def test_one_point_says_what_is_missing(tmp_path: Path) -> None:
    judged = june_13().judge(tmp_path, "lb1")
    assert judged.verdict == "inconclusive"
    for name in (
        "single_owner",
        "dual_owner",
        "no_stale_arp",
        "survivor_announced",
        "takeover_announced",
        "transitions",
    ):
        assert finding(judged, name).inconclusive, name
        assert "--node NAME=IP" in finding(judged, name).sentence, name


def test_without_at_an_announcement_may_have_been_lost_on_its_way(tmp_path: Path) -> None:
    judged = june_13().judge(tmp_path, at=False)
    assert finding(judged, "survivor_announced").inconclusive
    assert f"--at {LB1}=FILE" in finding(judged, "survivor_announced").sentence


def test_a_planned_takeover_holds(tmp_path: Path) -> None:
    judged = takeover().judge(tmp_path)
    assert judged.verdict == "holds", [f"{each.name}: {each.sentence}" for each in judged.vips[0].checks]
    assert all(finding(judged, name).verdict in {"holds", "not applicable"} for name in DECIDABLE)


def test_an_unannounced_takeover_is_violated_at_the_interface_of_the_new_owner(tmp_path: Path) -> None:
    assert finding(takeover(announced=False).judge(tmp_path), "takeover_announced").violated
    elsewhere = takeover(announced=False).judge(tmp_path, "lb1", "gw2")
    assert finding(elsewhere, "takeover_announced").inconclusive


def test_a_node_that_falls_silent_may_still_have_the_vip(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB2, 3_361, END // ms, *ALL)
    story.announce(LB2, 3_362, *ALL)
    judged = story.judge(tmp_path)
    assert finding(judged, "single_owner").inconclusive
    assert "still had the VIP" in finding(judged, "dual_owner").sentence
    assert finding(judged, "no_owner").holds


def test_two_masters_that_hear_each_other_are_violated(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, END // ms, *ALL)
    story.adverts(LB2, 50, END // ms, *ALL)
    judged = story.judge(tmp_path)
    assert finding(judged, "single_owner").violated
    assert finding(judged, "dual_owner").violated
    assert finding(judged, "adverts_regular").violated


def test_two_masters_that_only_a_third_hears_are_not_known_to_hear_each_other(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, END // ms, "gw2")
    story.adverts(LB2, 50, END // ms, "gw2")
    judged = story.judge(tmp_path, "gw2")
    assert finding(judged, "dual_owner").inconclusive
    assert finding(judged, "single_owner").inconclusive


def test_no_owner_after_a_resignation_for_longer_than_the_skew(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB1, 3_000, 3_001, *ALL, priority=0)
    story.adverts(LB2, 4_500, END // ms, *ALL)
    assert finding(story.judge(tmp_path), "no_owner").violated


def test_a_node_that_resigns_had_the_vip_until_then(tmp_path: Path) -> None:
    """Between two adverts, one of which it sends each second: no frames of clients tell it beside."""
    story = Story()
    for i, t in enumerate(range(0, 20_000, 1_000), 1):
        story.see(t, advert(LB1, 51, 150, VIP, ident=i), *ALL)
    story.see(19_900, advert(LB1, 51, 0, VIP, ident=100), *ALL)
    for i, t in enumerate(range(20_515, 40_000, 1_000), 1):
        story.see(t, advert(LB2, 51, 100, VIP, ident=i), *ALL)
    owner = finding(story.judge(tmp_path), "no_owner")
    assert owner.holds, owner.sentence


def test_another_interval_than_told(tmp_path: Path) -> None:
    frames = [(BEGIN + i * 130 * ms, advert(LB1, 51, 150, VIP, ident=i, interval_ns=100 * ms)) for i in range(60)]
    judged = judge([pcap(tmp_path / "a.pcap", frames)])
    assert finding(judged, "adverts_regular").violated


def test_adverts_of_two_nodes_that_differ(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, 3_000, *ALL)
    for t in range(3_361, 12_000, 100):
        story.see(t, advert(LB2, 51, 100, VIP, "10.77.0.101", ident=t, interval_ns=100 * ms), *ALL)
    judged = story.judge(tmp_path, vip=VIP)
    assert finding(judged, "configurations_agree").violated


def test_version_2_is_read(tmp_path: Path) -> None:
    frames = [(BEGIN + i * 1_000 * ms, advert(LB1, 51, 150, VIP, ident=i, version=2)) for i in range(20)]
    (vip,) = judge([pcap(tmp_path / "a.pcap", frames)]).vips
    assert (vip.advert_int_s, vip.nodes[0].priority) == (1.0, 150)
    assert next(each for each in vip.checks if each.name == "adverts_regular").holds


def test_a_virtual_mac_address_says_nothing_of_caches(tmp_path: Path) -> None:
    frames = [
        (BEGIN + i * 100 * ms, frame[:6] + bytes.fromhex("00005e000133") + frame[12:])
        for i in range(50)
        for frame in [advert(LB1, 51, 150, VIP, ident=i, interval_ns=100 * ms)]
    ]
    judged = judge([pcap(tmp_path / "a.pcap", frames)])
    assert "forwarding tables" in finding(judged, "no_stale_arp").sentence


VIRTUAL = "00005e000133"


def with_vmac(story: Story, kinds: tuple[int, ...]) -> Story:
    """The frames of these Ethernet types come from the virtual MAC address, as `use_vmac` sends them."""
    own = {bytes.fromhex(MACS[node]): bytes.fromhex(VIRTUAL) for node in (LB1, LB2)}
    for point, frames in story.points.items():
        story.points[point] = [
            (t, replaced(frame, own) if int.from_bytes(frame[12:14], "big") in kinds else frame) for t, frame in frames
        ]
    return story


def replaced(frame: bytes, own: dict[bytes, bytes]) -> bytes:
    for mac, virtual in own.items():
        frame = frame.replace(mac, virtual)
    return frame


@pytest.mark.parametrize("kinds", [(0x0800, 0x0806), (0x0806,)], ids=["use_vmac", "vmac_xmit_base"])
def test_of_a_common_mac_address_it_is_not_known_which_node_announced(tmp_path: Path, kinds: tuple[int, ...]) -> None:
    judged = with_vmac(takeover(), kinds).judge(tmp_path)
    assert finding(judged, "takeover_announced").inconclusive
    assert "which node sent what carries the common MAC address" in finding(judged, "takeover_announced").sentence
    rivals = with_vmac(june_13(announced=True, healed_at=2_700), kinds).judge(tmp_path)
    assert finding(rivals, "survivor_announced").inconclusive
    assert "carries the common MAC address" in finding(rivals, "survivor_announced").sentence


def test_linux_cooked_has_no_destination(tmp_path: Path) -> None:
    frames = []
    for i in range(50):
        frame = advert(LB1, 51, 150, VIP, ident=i, interval_ns=100 * ms)
        cooked = b"\0\4" + b"\0\1" + b"\0\6" + frame[6:12] + b"\0\0" + frame[12:14] + frame[14:]
        frames.append((BEGIN + i * 100 * ms, cooked))
    judged = judge([pcap(tmp_path / "any.pcap", frames, link=113)])
    assert "tcpdump -i INTERFACE" in finding(judged, "no_stale_arp").sentence
    assert finding(judged, "adverts_regular").holds


def test_a_stranger_that_claims_the_vip(tmp_path: Path) -> None:
    story = takeover()
    story.see(8_000, arp(VIP, VIP, mac="0277000000aa"), *ALL)
    judged = story.judge(tmp_path)
    assert finding(judged, "single_owner").inconclusive
    assert "02:77:00:00:00:aa" in finding(judged, "single_owner").sentence


def test_a_point_without_common_adverts_is_not_judged(tmp_path: Path) -> None:
    story = takeover()
    story.points["gw2"] = [(BEGIN, arp("10.77.0.11", "10.77.0.1"))]
    judged = story.judge(tmp_path)
    read = {file.name: file for file in judged.files}
    assert not read["gw2.pcap"].judged
    assert "it has no adverts" in read["gw2.pcap"].notes[0]


def moved(story: Story, point: str, since_ms: int, by_ms: int) -> Story:
    """The point's clock is set forward."""
    since = BEGIN + since_ms * ms
    story.points[point] = [(t + by_ms * ms if t >= since else t, frame) for t, frame in story.points[point]]
    return story


def test_a_clock_that_is_moved_makes_no_adverts_irregular(tmp_path: Path) -> None:
    judged = moved(takeover(), "gw2", 7_000, 30).judge(tmp_path)
    assert not finding(judged, "adverts_regular").violated, finding(judged, "adverts_regular").sentence
    notes = next(file.notes for file in judged.files if file.name == "gw2.pcap")
    assert notes == ("not judged: its clock, or that of lb1.pcap, was moved meanwhile",)


def test_clocks_that_drift_show_each_advert_once(tmp_path: Path) -> None:
    """Each stays within 5 ms of the first one's clock, and is up to 9 ms from the other's."""
    story = takeover()
    for point, sign in (("lb2", 1), ("gw2", -1)):
        frames = story.points[point]
        story.points[point] = [(t + sign * round(9 * ms * (t - BEGIN) / END), frame) for t, frame in frames]
    judged = story.judge(tmp_path)
    assert all(file.judged for file in judged.files)
    assert finding(judged, "adverts_regular").holds, finding(judged, "adverts_regular").sentence
    nodes = judged.vips[0].nodes
    assert sum(node.adverts for node in nodes) == 120


def test_names_of_nodes(tmp_path: Path) -> None:
    files = takeover().write(tmp_path)
    judged = judge(files, "", {"lb1.pcap": "left"}, {"left": LB1, "right": LB2})
    assert [node.name for node in judged.vips[0].nodes] == ["left", "right"]
    with pytest.raises(UnknownName, match="There is no node 'middle'"):
        judge(files, "", {"lb1.pcap": "middle"}, {"left": LB1})
    with pytest.raises(UnknownName, match=r"There is no capture 'lb3\.pcap'"):
        judge(files, "", {"lb3.pcap": "left"}, {"left": LB1})
    with pytest.raises(BadValue, match="the address of node 'left' is 'fe80::1'"):
        judge(files, "", {}, {"left": "fe80::1"})


def test_two_files_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    files = [*takeover().write(tmp_path, "lb1"), *takeover().write(tmp_path / "a", "lb1")]
    with pytest.raises(UsageError, match="same file name"):
        judge(files)


@pytest.mark.parametrize(
    "frames, said",
    [
        ([], "no packet that can be read"),
        ([(BEGIN, arp("10.77.0.11", "10.77.0.1"))], "no VRRP advertisement"),
        (
            [(BEGIN, ethernet("333300000012", MACS[LB1], 0x86DD, b"\x60" + bytes(5) + b"\x70\xff" + bytes(40)))],
            "IPv6 only",
        ),
        ([(BEGIN, advert(LB1, 51, 150))], "No advert names a VIP"),
        ([(BEGIN, ethernet("01005e000012", MACS[LB1], 0x0800, ipv4(LB1, "224.0.0.18", 112, b"\x31")))], "no VRRP adv"),
    ],
)
def test_nothing_to_judge(tmp_path: Path, frames: list[tuple[int, bytes]], said: str) -> None:
    with pytest.raises(NotMeasured, match=said):
        judge([pcap(tmp_path / "a.pcap", frames)])


def test_a_vip_that_no_advert_names(tmp_path: Path) -> None:
    """The only router's: an excluded address moves with it."""
    (vip,) = takeover().judge(tmp_path, vip="10.77.0.200").vips
    assert vip.vip == "10.77.0.200"
    with pytest.raises(BadValue, match="IPv6 is not judged"):
        takeover().judge(tmp_path, vip="fe80::1")


def test_the_same_captures_give_the_same_judgement(tmp_path: Path) -> None:
    assert june_13().judge(tmp_path) == june_13().judge(tmp_path)


def test_frames_to_a_machine_that_is_not_known(tmp_path: Path) -> None:
    """A standby that sent nothing has no known MAC address: a device may well lead to it."""
    story = Story()
    story.adverts(LB1, 0, END // ms, *ALL)
    story.requests(LB2, 10, END // ms, "lb2", "gw2", answered=False)
    for t in range(10, END // ms, 50):  # another gateway leads to lb1
        story.see(t, tcp("10.88.1.2", VIP, (2_000 + t, 80), SYN), "lb1")
        story.see(t + 1, tcp(VIP, "10.88.1.2", (80, 2_000 + t), SYN_ACK), "lb1")
    judged = judge(story.write(tmp_path), "", {"lb1.pcap": LB1, "lb2.pcap": LB2}, {LB1: LB1, LB2: LB2})
    assert finding(judged, "no_stale_arp").inconclusive
    assert "which machine 02:77:00:00:00:02 is" in finding(judged, "no_stale_arp").sentence
    story.see(1, arp(LB2, LB1), *ALL)
    judged = judge(story.write(tmp_path), "", {"lb1.pcap": LB1, "lb2.pcap": LB2}, {LB1: LB1, LB2: LB2})
    assert finding(judged, "no_stale_arp").violated


def test_a_master_that_froze_and_goes_on_took_nothing_over(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB2, 3_361, 4_000, *ALL)
    story.announce(LB2, 3_362, *ALL)
    story.adverts(LB1, 4_050, END // ms, *ALL)
    judged = story.judge(tmp_path)
    assert finding(judged, "takeover_announced").inconclusive
    assert f"whether {LB1} had kept the VIP" in finding(judged, "takeover_announced").sentence


def test_captures_of_different_times_share_too_little(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, 1_000, "lb1", "lb2")
    story.points["lb2"] = story.points["lb2"][:3]
    judged = story.judge(tmp_path, "lb1", "lb2", at=False)
    assert all(each.inconclusive for each in judged.vips[0].checks)
    assert "at least 0.300 s in which every point captured" in finding(judged, "no_owner").sentence


def test_adverts_that_only_resign_show_no_master(tmp_path: Path) -> None:
    story = Story()
    story.adverts(LB1, 0, END // ms, *ALL, priority=0)
    judged = story.judge(tmp_path)
    assert {each.verdict for each in judged.vips[0].checks} == {"inconclusive"}
    assert "No node was seen to be master" in finding(judged, "dual_owner").sentence
