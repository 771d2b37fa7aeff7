"""What a failover is not to blame for: slow applications, answers by another way, and a peer that is switched off."""

from pathlib import Path

import pytest

from harness.capture import judge
from harness.model.units import ms
from tests.captures import ALL, END, LB1, LB2, Story, finding, takeover
from tests.frames import ACK, FIN_ACK, SYN, SYN_ACK, VIP, arp, tcp

SLOW, OTHER = "10.88.2.3", "10.88.2.4"


def ask(story: Story, client: str, t: int, until: int, *, returned: bool = True) -> None:
    """One connection, answered at `until`. `returned`: the answers pass the points."""
    ports = (2_000 + t, 80)
    story.see(t, tcp(client, VIP, ports, SYN), *ALL)
    story.see(t + 2, tcp(client, VIP, ports, ACK, b"GET"), *ALL)
    if returned:
        story.see(t + 1, tcp(VIP, client, ports[::-1], SYN_ACK), *ALL)
        story.see(until, tcp(VIP, client, ports[::-1], ACK, b"200"), *ALL)
    story.see(until + 1, tcp(client, VIP, ports, FIN_ACK), *ALL)


def steady() -> Story:
    """No failover."""
    story = Story()
    story.adverts(LB1, 0, END // ms, *ALL)
    story.requests(LB1, 10, END // ms, "lb1", "gw2")
    return story


@pytest.mark.parametrize("story", [steady(), takeover()], ids=["steady", "takeover"])
@pytest.mark.parametrize("since", [10, 6_000])
def test_an_application_that_takes_its_time(tmp_path: Path, story: Story, since: int) -> None:
    for t in range(10, END // ms, 50):
        ask(story, SLOW, t, t + (200 if t >= since else 3))
    level = finding(story.judge(tmp_path), "service_level")
    assert level.inconclusive, level.sentence


def test_answers_that_go_by_another_gateway(tmp_path: Path) -> None:
    story = takeover()
    for t in range(10, END // ms, 50):
        ask(story, OTHER, t, t + 3, returned=t < 3_000)
    level = finding(story.judge(tmp_path), "service_level")
    assert level.inconclusive, level.sentence
    assert f"answers to {OTHER} (they do not pass" in level.sentence


def test_a_client_that_gets_nothing_any_more_is_not_served(tmp_path: Path) -> None:
    """But not if it never was."""
    story = takeover()
    for t in range(3_100, END // ms, 50):
        story.see(t, tcp(OTHER, VIP, (2_000 + t, 80), SYN), *ALL)
    assert finding(story.judge(tmp_path), "service_level").inconclusive
    ask(story, OTHER, 500, 503)
    level = finding(story.judge(tmp_path), "service_level")
    assert level.violated
    assert level.sentence.startswith(f"{OTHER} got no answer in time")


@pytest.mark.parametrize("begin, violated", [(1_000, True), (4_000, False)])
def test_only_a_wait_across_a_change_of_master_is_a_hang(tmp_path: Path, begin: int, violated: bool) -> None:  # noqa: FBT001
    """lb1 resigns at 3,000 ms."""
    story, ports = takeover(), (999, 80)
    for t, until in ((500, 503), (begin, begin + 6_000)):
        story.see(t, tcp(SLOW, VIP, ports, ACK, b"GET"), *ALL)
        story.see(until, tcp(VIP, SLOW, ports[::-1], ACK, b"200"), *ALL)
    hang = finding(story.judge(tmp_path), "no_hang")
    assert hang.violated == violated, hang.sentence
    assert violated or "whether the application took that long" in hang.sentence


def resigned(next_owner: str, *points: str) -> Story:
    """lb1 resigns at 3,000 ms, and `next_owner` is master 1.5 s later. `points`: those that lb1's adverts reach."""
    story = Story()
    story.adverts(LB1, 0, 3_000, *points)
    story.adverts(LB1, 3_000, 3_001, *points, priority=0)
    story.adverts(next_owner, 4_500, END // ms, *ALL)
    return story


def test_a_master_that_is_started_again_while_its_peer_is_off(tmp_path: Path) -> None:
    files = resigned(LB1, *ALL).write(tmp_path, "lb1", "gw2")
    owner = finding(judge(files, "", {"lb1.pcap": LB1}, {LB1: LB1, LB2: LB2}), "no_owner")
    assert owner.inconclusive, owner.sentence


def test_a_standby_that_did_not_hear_the_resignation_waits_for_longer_than_the_skew(tmp_path: Path) -> None:
    assert finding(resigned(LB2, *ALL).judge(tmp_path), "no_owner").violated
    unheard = resigned(LB2, "lb1", "gw2")
    unheard.see(1, arp(LB2, LB1), "lb2")
    owner = finding(unheard.judge(tmp_path), "no_owner")
    assert owner.inconclusive, owner.sentence
    assert "for 1.5" in owner.sentence
