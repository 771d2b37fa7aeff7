"""The adverts take another card than the VIP: of each node two captures, on one clock. The VIP's has no adverts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.capture import Judged, judge
from harness.model.units import ms
from tests.captures import CLOCKS, END, INTERVAL, LB1, LB2, PRIORITIES, finding
from tests.frames import ACK, BEGIN, FIN_ACK, MACS, SYN, SYN_ACK, VIP, Stamped, advert, arp, garp, pcap, tcp

NODES = {"lb1": LB1, "lb2": LB2}
CARDS = {"lb1": "027700000a01", "lb2": "027700000a02"}
"""MAC addresses of the cards that the VIP is on."""
GATEWAY, CLIENT = MACS["10.77.0.12"], "10.88.2.2"


class Story:
    """Files ``lb1``, ``lb2`` (adverts) and ``lb1-vip``, ``lb2-vip``; times in ms."""

    def __init__(self) -> None:
        names = [name + card for name in NODES for card in ("", "-vip")]
        self.files: dict[str, list[Stamped]] = {name: [] for name in names}
        self._ident = 0
        for t in (10, END // ms - 10):  # what keeps each file as long as the others
            for name in NODES:
                self.see(t, arp(LB1, LB2), name)
                self.see(t, arp("10.77.0.11", "10.77.0.12"), f"{name}-vip")

    def see(self, t_ms: float, frame: bytes, *files: str) -> None:
        for name in files:
            self.files[name].append((BEGIN + round(t_ms * ms) + CLOCKS[name[:3]], frame))

    def adverts(self, node: str, begin: int, end: int, *files: str, priority: int | None = None) -> None:
        for t in range(begin, end, INTERVAL // ms):
            self._ident += 1
            told = PRIORITIES[NODES[node]] if priority is None else priority
            self.see(t, advert(NODES[node], 51, told, VIP, ident=self._ident, interval_ns=INTERVAL), *files)

    def announce(self, node: str, t: int) -> None:
        self.see(t, garp(CARDS[node]), "lb1-vip", "lb2-vip")

    def requests(self, node: str, begin: int, end: int, *, answered: bool = True) -> None:
        file, there, back = f"{node}-vip", (GATEWAY, CARDS[node]), (CARDS[node], GATEWAY)
        for t in range(begin, end, 50):
            ports = (2_000 + t % 60_000, 80)
            self.see(t, tcp(CLIENT, VIP, ports, SYN, macs=there), file)
            if answered:
                self.see(t + 1, tcp(VIP, CLIENT, ports[::-1], SYN_ACK, macs=back), file)
                self.see(t + 2, tcp(CLIENT, VIP, ports, ACK, b"GET", macs=there), file)
                self.see(t + 3, tcp(VIP, CLIENT, ports[::-1], ACK, b"200", macs=back), file)
                self.see(t + 4, tcp(CLIENT, VIP, ports, FIN_ACK, macs=there), file)

    def judge(self, folder: Path, *without: str) -> Judged:
        files = [pcap(folder / f"{name}.pcap", self._sorted(name)) for name in self.files if name not in without]
        return judge(files, "", {path.name: NODES[path.stem[:3]] for path in files})

    def _sorted(self, name: str) -> Iterator[Stamped]:
        return iter(sorted(self.files[name], key=lambda each: each[0]))


def takeover(*, announced: bool = True) -> Story:
    """lb1 resigns at 3,000 ms; lb2 takes over after its skew."""
    story, end = Story(), END // ms
    story.adverts("lb1", 0, 3_000, "lb1", "lb2")
    story.adverts("lb1", 3_000, 3_001, "lb1", "lb2", priority=0)
    story.adverts("lb2", 3_062, end, "lb1", "lb2")
    story.requests("lb1", 20, 3_000)
    story.requests("lb2", 3_100, end)
    if announced:
        story.announce("lb2", 3_064)
    return story


def test_a_planned_takeover_is_judged_by_both_cards(tmp_path: Path) -> None:
    judged = takeover().judge(tmp_path)
    assert [file.judged for file in judged.files] == [True] * 4
    assert not any(file.notes for file in judged.files)
    told = {name: finding(judged, name).verdict for name in ("takeover_announced", "no_stale_arp", "no_owner")}
    assert told == dict.fromkeys(told, "holds"), [f"{each.name}: {each.sentence}" for each in judged.vips[0].checks]


def test_a_takeover_without_a_word_is_violated(tmp_path: Path) -> None:
    assert finding(takeover(announced=False).judge(tmp_path), "takeover_announced").violated


def test_without_the_card_of_the_vip_nothing_is_known_of_announcements(tmp_path: Path) -> None:
    judged = takeover(announced=False).judge(tmp_path, "lb2-vip")
    assert finding(judged, "takeover_announced").inconclusive


def test_a_cut_of_the_heartbeat_alone_leaves_the_gateway_with_the_standby(tmp_path: Path) -> None:
    """lb2 hears no advert from 2,000 ms on, takes over, and steps back in silence at 2,600."""
    story, end = Story(), END // ms
    story.adverts("lb1", 0, 2_000, "lb1", "lb2")
    story.adverts("lb1", 2_000, 2_600, "lb1")
    story.adverts("lb2", 2_361, 2_600, "lb2")
    story.adverts("lb1", 2_600, end, "lb1", "lb2")
    story.announce("lb2", 2_363)
    story.requests("lb1", 20, 2_363)
    story.requests("lb2", 2_400, 2_600)
    story.requests("lb2", 2_600, end, answered=False)
    judged = story.judge(tmp_path)
    assert finding(judged, "no_stale_arp").violated
    assert finding(judged, "survivor_announced").violated


@pytest.mark.parametrize("cut", ["begin", "end"])
def test_a_card_that_was_captured_for_a_part_only_is_no_silence(tmp_path: Path, cut: str) -> None:
    """The announcement came while the VIP's card was not captured."""
    story = takeover()
    keep = BEGIN + 3_500 * ms
    for name in ("lb1-vip", "lb2-vip"):
        frames = story.files[name]
        shift = CLOCKS[name[:3]]
        late = [each for each in frames if each[0] - shift > keep]
        early = [each for each in frames if each[0] - shift < BEGIN + 2_500 * ms]
        story.files[name] = late if cut == "begin" else early
    judged = story.judge(tmp_path)
    assert not any(check.violated for check in judged.vips[0].checks), [
        f"{check.name}: {check.sentence}" for check in judged.vips[0].checks if check.violated
    ]
    assert finding(judged, "takeover_announced").inconclusive


def test_a_file_of_another_time_is_a_piece_whose_clock_is_not_known(tmp_path: Path) -> None:
    story = takeover()
    story.files["lb2-vip"] = [(t + 60_000 * ms, frame) for t, frame in story.files["lb2-vip"]]
    judged = story.judge(tmp_path)
    (late,) = [file for file in judged.files if not file.judged]
    assert late.name == "lb2-vip.pcap"
    assert "it has no adverts" in late.notes[0]
