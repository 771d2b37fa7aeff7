"""Points that captured for a part of the time: a file ends when its node dies, and tcpdump cuts files into pieces."""

from pathlib import Path

import pytest

from harness.capture import Judged, judge
from harness.model.units import ms
from tests.captures import ALL, END, LB1, LB2, Story, finding, takeover
from tests.frames import BEGIN, arp, pcap

OTHERS = ("lb2", "gw2")


def death(successor: str = LB2) -> Story:
    """lb1 dies at 3 s, and its capture with it. `successor` is master from 6 s on, far too late; "": no node is."""
    story = Story()
    story.neighbours(*ALL)
    story.adverts(LB1, 0, 3_000, *ALL)
    story.requests(LB1, 10, 3_000, "lb1", "gw2")
    if successor:
        story.adverts(successor, 6_000, END // ms, *OTHERS)
        story.announce(successor, 6_001, *OTHERS)
    story.see(END / ms - 1, arp(LB2, LB1), *OTHERS)
    return story


@pytest.mark.parametrize("successor, length", [(LB2, "3.0"), ("", "9.0")])
def test_the_time_after_a_node_and_its_capture_died_is_judged(tmp_path: Path, successor: str, length: str) -> None:
    judged = death(successor).judge(tmp_path)
    owner = finding(judged, "no_owner")
    assert owner.inconclusive, owner.sentence
    assert f"for {length}" in owner.sentence
    assert f"what {LB1} sent and received from +2.9" in owner.sentence
    assert not finding(judged, "dual_owner").holds
    assert not finding(judged, "single_owner").holds
    assert finding(judged, "transitions").inconclusive


def test_what_a_node_announced_after_its_capture_had_ended_is_not_known(tmp_path: Path) -> None:
    story = takeover(announced=False)
    story.points["lb2"] = [each for each in story.points["lb2"] if each[0] < BEGIN + 2_500 * ms]
    announced = finding(story.judge(tmp_path), "takeover_announced")
    assert announced.inconclusive, announced.sentence
    assert f"what {LB2} sent and received from +2.4" in announced.sentence


def test_a_capture_that_is_ended_early_while_nothing_happens(tmp_path: Path) -> None:
    story = takeover()
    story.points["lb1"] = [each for each in story.points["lb1"] if each[0] < BEGIN + 9_000 * ms]
    assert finding(story.judge(tmp_path), "single_owner").holds


@pytest.mark.parametrize("most, verdict", [(100, "inconclusive"), (1_000, "holds")])
def test_of_files_that_were_not_read_to_their_end_nothing_holds_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, verdict: str
) -> None:
    """A file has 120 adverts."""
    monkeypatch.setattr("harness.capture.sight.MOST_ADVERTS", most)
    judged = takeover().judge(tmp_path)
    assert judged.verdict == verdict, judged.sentence
    assert ("lb1.pcap, lb2.pcap and gw2.pcap were not read to the end" in judged.sentence) == (
        verdict == "inconclusive"
    )


def test_a_file_that_cannot_be_read_on_was_not_read_to_its_end(tmp_path: Path) -> None:
    files = takeover().write(tmp_path)
    content = files[0].read_bytes()
    files[0].write_bytes(content + b"\xff" * 16 + content[24:])
    judged = judge(files, "", {"lb1.pcap": LB1, "lb2.pcap": LB2})
    assert judged.verdict == "inconclusive"
    files[0].write_bytes(content + content[24:30])  # tcpdump was killed while it wrote
    assert judge(files, "", {"lb1.pcap": LB1, "lb2.pcap": LB2}).verdict == "holds"


def test_a_capture_that_is_cut_into_pieces(tmp_path: Path) -> None:
    whole, cut = finding_of_pieces(tmp_path, 12_000), finding_of_pieces(tmp_path, 5_000)
    for name in ("single_owner", "dual_owner", "no_owner", "takeover_announced", "no_stale_arp"):
        assert finding(whole, name).holds, finding(whole, name).sentence
        assert finding(cut, name).holds, finding(cut, name).sentence


def finding_of_pieces(folder: Path, at_ms: int) -> Judged:
    """Those of lb1 are on the first clock."""
    story = takeover()
    story.see(END / ms - 1, arp(LB2, LB1), *ALL)
    files, frames = story.write(folder, *OTHERS), sorted(story.points["lb1"], key=lambda each: each[0])
    pieces = [[each for each in frames if (each[0] - BEGIN < at_ms * ms) == first] for first in (True, False)]
    files += [pcap(folder / f"lb1-{i}.pcap", piece) for i, piece in enumerate(pieces) if piece]
    places = {"lb2.pcap": LB2} | {path.name: LB1 for path in files if path.name.startswith("lb1")}
    return judge(files, "", places)


def test_a_node_that_answers_long_after_its_only_announcement(tmp_path: Path) -> None:
    """The VIP was added to lb2 by hand, while lb1 remains master."""
    story = Story()
    story.neighbours(*ALL)
    story.adverts(LB1, 0, END // ms, *ALL)
    story.announce(LB2, 5_000, *ALL)
    story.requests(LB1, 10, 5_000, "lb1", "gw2")
    story.requests(LB2, 5_050, END // ms, *OTHERS)
    judged = story.judge(tmp_path)
    served, caches = finding(judged, "served_by_owner"), finding(judged, "no_stale_arp")
    assert served.inconclusive, served.sentence
    assert served.sentence.startswith(f"{LB2} answered ")
    assert f"led to {LB1} and {LB2}. Missing" in caches.sentence
    assert f"why {LB2} sent frames from" in finding(judged, "single_owner").sentence


def test_connections_of_one_question_tell_nothing_of_those_that_are_kept_open(tmp_path: Path) -> None:
    hang = finding(takeover().judge(tmp_path), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert "that is kept open" in hang.sentence
