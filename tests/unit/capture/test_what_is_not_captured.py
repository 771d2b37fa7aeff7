"""What a filter, a direction or an offload kept out of a capture proves nothing."""

from pathlib import Path

import pytest

from harness.capture import judge
from harness.model.errors import UsageError
from harness.model.units import ms
from tests.captures import ALL, END, LB1, LB2, Story, finding, june_13, takeover
from tests.frames import ACK, BEGIN, MACS, SYN, VIP, arp, pcap, tcp

ARP = b"\x08\x06"


def without_arp(story: Story) -> Story:
    """As ``vrrp or (tcp and host VIP)`` captures."""
    for point, frames in story.points.items():
        story.points[point] = [(t, frame) for t, frame in frames if frame[12:14] != ARP]
    return story


def test_a_filter_that_drops_arp_makes_no_takeover_silent(tmp_path: Path) -> None:
    announced = finding(without_arp(takeover()).judge(tmp_path), "takeover_announced")
    assert announced.inconclusive, announced.sentence
    assert "ARP: no capture has any, does the filter drop it?" in announced.sentence


def test_a_filter_that_drops_arp_makes_no_survivor_silent(tmp_path: Path) -> None:
    announced = finding(without_arp(june_13()).judge(tmp_path), "survivor_announced")
    assert announced.inconclusive, announced.sentence
    assert "ARP: no capture has any" in announced.sentence


def test_a_capture_of_one_direction_does_not_show_what_its_node_sent(tmp_path: Path) -> None:
    """``tcpdump -Q in``."""
    story, own = takeover(announced=False), bytes.fromhex(MACS[LB2])
    story.points["lb2"] = [(t, frame) for t, frame in story.points["lb2"] if frame[6:12] != own]
    announced = finding(story.judge(tmp_path), "takeover_announced")
    assert announced.inconclusive, announced.sentence
    assert f"what {LB2} itself sent: its capture has none of it, was it of one direction?" in announced.sentence


@pytest.mark.parametrize("target", ["255.255.255.255", "0.0.0.0"])
def test_a_reply_to_all_is_an_announcement(tmp_path: Path, target: str) -> None:
    story = takeover(announced=False)
    story.see(3_064, arp(VIP, target, 2, mac=MACS[LB2]), *ALL)
    assert finding(story.judge(tmp_path), "takeover_announced").holds


def test_an_answer_of_unknown_length_is_an_answer(tmp_path: Path) -> None:
    """A sender that leaves the segmentation to its card may put a length of 0 into the IP header."""
    story, client, ports = takeover(), "10.88.7.8", (40_000, 80)
    for t in range(100, 12_000, 400):
        node = LB1 if t < 3_000 else LB2
        answer = bytearray(tcp(VIP, client, ports[::-1], ACK, b"x" * 99, macs=(MACS[node], MACS["10.77.0.12"])))
        if t > 1_000:
            answer[16:18] = b"\0\0"
        story.see(t, tcp(client, VIP, ports, ACK, b"GET", macs=(MACS["10.77.0.12"], MACS[node])), "gw2")
        story.see(t + 5, bytes(answer), "gw2")
    assert not finding(story.judge(tmp_path), "no_hang").violated


def notes(story: Story, folder: Path, name: str = "gw2.pcap") -> tuple[str, ...]:
    return next(file.notes for file in story.judge(folder).files if file.name == name)


def test_why_a_point_is_not_judged_is_told(tmp_path: Path) -> None:
    story = takeover()
    story.points["gw2"] = []
    assert notes(story, tmp_path) == ("not judged: it has no packet",)
    story.points["gw2"] = [(BEGIN, arp("10.77.0.11", "10.77.0.1"))]
    assert notes(story, tmp_path) == ("not judged: it has no adverts, by which its clock would be known",)


def test_consecutive_files_are_to_be_joined(tmp_path: Path) -> None:
    frames = sorted(takeover().points["gw2"])
    half = len(frames) // 2
    files = [pcap(tmp_path / "gw0.pcap", frames[:half]), pcap(tmp_path / "gw1.pcap", frames[half:])]
    (note,) = next(file.notes for file in judge(files).files if not file.judged)
    assert note.startswith("not judged: it has no adverts in common with gw")
    assert "mergecap -w ONE" in note


def drifting(gap_ms: int) -> Story:
    """The clock of gw2 runs faster by 400 ppm for 150 s. In `gap_ms` of them it has no adverts."""
    story = Story()
    story.adverts(LB1, 0, 40_000, *ALL)
    story.adverts(LB1, 40_000, 40_000 + gap_ms, "lb1", "lb2")
    story.adverts(LB1, 40_000 + gap_ms, 150_000, *ALL)
    story.points["gw2"] = [(t + (t - BEGIN) // 2_500, frame) for t, frame in story.points["gw2"]]
    return story


def test_a_clock_that_runs_faster_is_followed(tmp_path: Path) -> None:
    (note,) = notes(drifting(0), tmp_path)
    assert note.startswith("its clock ran apart by 0.0")
    assert note.endswith("which the common adverts correct, within 0.005 s")


def test_a_clock_that_runs_faster_and_was_not_compared_for_long_is_named(tmp_path: Path) -> None:
    (note,) = notes(drifting(70_000), tmp_path)
    assert note == "not judged: its clock and that of lb1.pcap ran apart: no one difference fits the adverts of both"


def test_files_of_two_nodes_that_are_exchanged_are_refused(tmp_path: Path) -> None:
    """Else lb2 seems to hear the higher adverts that lb1 sends, and to stay master."""
    files = june_13().write(tmp_path)
    with pytest.raises(UsageError, match=r"'lb1\.pcap' is said to be captured at 10\.77\.0\.2, but has answers of 10"):
        judge(files, "", {"lb1.pcap": LB2, "lb2.pcap": LB1})


def test_of_the_clients_of_a_flood_a_few_are_named(tmp_path: Path) -> None:
    story = takeover()
    for i in range(300):
        story.see(5_000 + i, tcp(f"198.51.{i % 100}.{i // 100}", VIP, (1_024 + i, 80), SYN), *ALL)
    for each in story.judge(tmp_path).vips[0].checks:
        assert len(each.sentence) < 2_000, each.sentence


def test_frames_that_may_be_a_second_apart_do_not_show_an_owner_in_between(tmp_path: Path) -> None:
    """lb1 has no VIP for 0.9 s, and lb2 is there and does nothing. The bound is 0.56 s."""
    story = Story()
    story.neighbours(*ALL)
    story.adverts(LB1, 0, 3_000, *ALL)
    story.requests(LB1, 10, 2_990, "lb1", "gw2")
    story.requests(LB1, 3_880, END // ms, "lb1", "gw2")
    story.adverts(LB1, 3_900, END // ms, *ALL)
    owner = finding(story.judge(tmp_path), "no_owner")
    assert owner.inconclusive, owner.sentence
    assert owner.sentence.startswith("From +2.900 s no node advertised for 1.000 s, and frames from")
