"""What real segments carry besides: passwords, authentication headers, CARP, common MAC addresses, a second clock."""

from pathlib import Path

import pytest

from harness.capture import judge
from harness.capture.judged import DECIDABLE
from harness.model.errors import NotMeasured, UsageError
from harness.model.outcome import Finding
from harness.model.units import ms, s
from tests.captures import ALL, END, LB1, LB2, Story, finding, june_13, takeover
from tests.frames import BEGIN, MACS, VIP, Stamped, advert, carp, in_ah, pcap, with_password

PLACES = {"lb1.pcap": LB1, "lb2.pcap": LB2}
SECOND_VIP = "10.77.0.101"


def version_2(story: Story, node: str, begin: int, end: int, password: bytes = b"", *, priority: int = 150) -> None:
    """One advert a second, at every point."""
    for i, t in enumerate(range(begin, end, 1_000), begin // 10):
        frame = advert(node, 51, priority, VIP, ident=i, version=2)
        story.see(t, with_password(frame, password, 1 if password else 0), *ALL)


def test_two_passwords_are_a_difference_and_are_not_told(tmp_path: Path) -> None:
    story = Story()
    version_2(story, LB1, 0, 60_000, b"first")
    version_2(story, LB2, 300, 60_000, b"second", priority=100)
    agree = finding(story.judge(tmp_path), "configurations_agree")
    assert agree.violated
    assert agree.sentence == f"auth_pass: {LB1} one, {LB2} another."


def test_a_password_on_one_side_is_a_difference(tmp_path: Path) -> None:
    story = Story()
    version_2(story, LB1, 0, 60_000, b"first")
    version_2(story, LB2, 300, 60_000, priority=100)
    agree = finding(story.judge(tmp_path), "configurations_agree")
    assert agree.violated
    assert agree.sentence == f"auth_type: {LB1} PASS, {LB2} none."


def test_one_password_is_no_difference(tmp_path: Path) -> None:
    story = Story()
    version_2(story, LB1, 0, 30_000, b"first")
    version_2(story, LB2, 34_000, 60_000, b"first", priority=100)
    assert finding(story.judge(tmp_path), "configurations_agree").inconclusive


def test_adverts_behind_an_authentication_header(tmp_path: Path) -> None:
    frames = [(BEGIN + i * s, in_ah(advert(LB1, 51, 150, VIP, ident=i, version=2))) for i in range(20)]
    (vip,) = judge([pcap(tmp_path / "a.pcap", frames)]).vips
    assert (vip.advert_int_s, vip.nodes[0].adverts) == (1.0, 20)


@pytest.mark.parametrize("length", [34, 36, 50, 58, 60])
def test_an_authentication_header_that_is_cut_off(tmp_path: Path, length: int) -> None:
    frame = in_ah(advert(LB1, 51, 150, VIP, version=2))[:length]
    with pytest.raises(NotMeasured):
        judge([pcap(tmp_path / "a.pcap", [(BEGIN, frame)])])


def test_carp_is_no_vrrp(tmp_path: Path) -> None:
    """It has VRRP's protocol number, version and type: its hash read as VIPs made a router of the same VRID."""
    story = takeover()
    for i in range(12):
        story.see(i * 1_000 + 5, carp(i), *ALL)
    judged = story.judge(tmp_path)
    assert [node.name for node in judged.vips[0].nodes] == [LB1, LB2]
    assert judged.verdict == "holds"
    assert judged.files[0].notes == ("12 × CARP advertisement, which is not VRRP",)


def test_carp_alone_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured, match=r"no VRRP advertisement.*1 × CARP"):
        judge([pcap(tmp_path / "a.pcap", [(BEGIN, carp(1))])])


def with_vips(story: Story, node: str, begin: int, end: int, *vips: str) -> None:
    for t in range(begin, end, 100):
        frame = advert(node, 51, 150 if node == LB1 else 100, *vips, ident=t // 10 + 1, interval_ns=100 * ms)
        story.see(t, frame, *ALL)


def test_vips_that_the_capture_cut_off_are_no_difference(tmp_path: Path) -> None:
    """One file has whole adverts, the other 64 bytes of each."""
    vips, story = [f"10.77.0.{100 + i}" for i in range(20)], Story()
    with_vips(story, LB1, 0, 6_000, *vips)
    with_vips(story, LB2, 6_360, 12_000, *vips)
    story.points["lb1"] = [each for each in story.points["lb1"] if each[0] < BEGIN + 6_000 * ms]
    story.points["lb2"] = [(t, frame[:64]) for t, frame in story.points["lb2"]]
    judged = story.judge(tmp_path, "lb1", "lb2", vip=VIP)
    assert finding(judged, "configurations_agree").inconclusive
    assert "are cut off" in finding(judged, "configurations_agree").sentence
    assert judged.files[1].notes == ("117 × advert with VIPs that are cut off, and not judged (tcpdump -s 256)",)


def test_settings_are_compared_as_they_were_at_the_same_time(tmp_path: Path) -> None:
    """Both nodes got a second VIP when lb2 was silent: its last advert has one VIP, as lb1's had then."""
    story = Story()
    with_vips(story, LB2, 0, 4_000, VIP)
    with_vips(story, LB1, 4_010, 8_000, VIP)
    with_vips(story, LB1, 8_010, 12_000, VIP, SECOND_VIP)
    agree = finding(story.judge(tmp_path, vip=VIP), "configurations_agree")
    assert agree.inconclusive
    assert f"what {LB2} is set to after +3.900 s" in agree.sentence


def test_a_change_of_one_node_after_the_other_is_no_difference_once_both_have_it(tmp_path: Path) -> None:
    """lb2, the standby, was changed first; lb1 is started again with the change, and lb2 is master meanwhile."""
    story = Story()
    with_vips(story, LB1, 0, 4_000, VIP)
    with_vips(story, LB2, 4_060, 8_000, VIP, SECOND_VIP)
    with_vips(story, LB1, 8_010, 12_000, VIP, SECOND_VIP)
    agree = finding(story.judge(tmp_path, vip=VIP), "configurations_agree")
    assert agree.inconclusive, agree.sentence
    assert f"what {LB1} was set to at +7.9" in agree.sentence


def test_a_difference_that_lasts_is_one(tmp_path: Path) -> None:
    story = Story()
    with_vips(story, LB1, 0, 4_000, VIP)
    with_vips(story, LB2, 4_060, 8_000, VIP, SECOND_VIP)
    with_vips(story, LB1, 8_010, 12_000, VIP)
    assert finding(story.judge(tmp_path, vip=VIP), "configurations_agree").violated


def test_an_interval_that_was_changed_is_not_irregular(tmp_path: Path) -> None:
    story = Story()
    for t in (*range(0, 20_000, 1_000), *range(20_000, 40_000, 100)):
        interval = s if t < 20_000 else 100 * ms
        story.see(t, advert(LB1, 51, 150, VIP, ident=t // 100 + 1, interval_ns=interval), *ALL)
    regular = finding(story.judge(tmp_path), "adverts_regular")
    assert regular.inconclusive
    assert regular.sentence.startswith(f"{LB1} changed its interval: 0.100 s and 1.000 s.")


def test_the_lowest_priority_that_a_node_told_bounds_its_skew(tmp_path: Path) -> None:
    """It takes over at 20, when its check fails, and rises to 220 later."""
    story = Story()
    version_2(story, LB1, 0, 20_000)
    version_2(story, LB1, 20_000, 20_001, priority=0)
    version_2(story, LB2, 20_930, 40_000, priority=20)
    version_2(story, LB2, 40_930, 60_000, priority=220)
    owner = finding(story.judge(tmp_path), "no_owner")
    assert owner.holds, owner.sentence


def replaced(story: Story, mac: bytes) -> Story:
    """Both nodes send from one MAC address of the site's own, as `use_vmac NAME MAC` lets them."""
    own = [bytes.fromhex(MACS[node]) for node in (LB1, LB2)]
    for point, frames in story.points.items():
        story.points[point] = [(t, frame.replace(own[0], mac).replace(own[1], mac)) for t, frame in frames]
    return story


def test_a_mac_address_of_both_nodes_tells_neither_caches_nor_announcements(tmp_path: Path) -> None:
    judged = replaced(june_13(), bytes.fromhex("02aabbccdd01")).judge(tmp_path)
    for name in ("no_stale_arp", "takeover_announced", "survivor_announced"):
        assert finding(judged, name).inconclusive, finding(judged, name).sentence


def behind_a_router(story: Story) -> Story:
    """At gw2 each frame comes from a router's MAC address, as clouds have it."""
    frames = story.points["gw2"]
    story.points["gw2"] = [(t, frame[:6] + bytes.fromhex("42010a000001") + frame[12:]) for t, frame in frames]
    return story


def test_a_routers_mac_address_is_no_nodes(tmp_path: Path) -> None:
    judged = behind_a_router(june_13()).judge(tmp_path)
    assert finding(judged, "no_stale_arp").inconclusive, finding(judged, "no_stale_arp").sentence


def merged(story: Story, apart_ms: int) -> list[Stamped]:
    late = [(t + apart_ms * ms, frame) for t, frame in story.points["lb2"]]
    return sorted([*story.points["lb1"], *late])


@pytest.mark.parametrize("apart_ms", [70, 3_050])
def test_two_clocks_in_one_file_are_refused(tmp_path: Path, apart_ms: int) -> None:
    """mergecap of two machines: each advert twice, and intervals that no node has."""
    file = pcap(tmp_path / "merged.pcap", merged(takeover(), apart_ms))
    with pytest.raises(
        UsageError, match=rf"'merged\.pcap' has adverts twice, {apart_ms / 1000:.3f} s apart: two points"
    ):
        judge([file])


def test_a_sender_that_starts_anew_is_no_second_clock(tmp_path: Path) -> None:
    frames = [
        (BEGIN + (begin + i * 100) * ms, advert(LB1, 51, 150, VIP, ident=i + 1, interval_ns=100 * ms))
        for begin, count in ((0, 40), (7_000, 60))
        for i in range(count)
    ]
    assert judge([pcap(tmp_path / "a.pcap", frames)]).vips


def decided(findings: tuple[Finding, ...]) -> list[str]:
    return [each.name for each in findings if each.violated and each.name in DECIDABLE]


def test_a_mirror_that_shows_frames_twice_is_one_clock(tmp_path: Path) -> None:
    story = takeover()
    for point, frames in story.points.items():
        story.points[point] = [*frames, *((t + 20_000, frame) for t, frame in frames)]
    judged = story.judge(tmp_path)
    assert judged.verdict == "holds"
    assert not decided(judged.vips[0].checks)


def test_more_vips_than_are_judged_are_told(tmp_path: Path) -> None:
    story = Story()
    for router in range(5):
        vips = [f"10.77.{router}.{100 + i}" for i in range(20)]
        for t in range(0, END // ms, 100):
            frame = advert(LB1, 60 + router, 150, *vips, ident=t + router + 1, interval_ns=100 * ms)
            story.see(t + router, frame, *ALL)
    judged = story.judge(tmp_path)
    assert len(judged.vips) == 64
    assert judged.sentence.endswith("36 VIPs more are not judged: choose one with --vip.")
