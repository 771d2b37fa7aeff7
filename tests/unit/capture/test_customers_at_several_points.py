"""One client's connections, of which each point saw a part: the frames after a takeover go to another node."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.capture import Logs, read_answers
from harness.model.units import ms, s
from tests.captures import ALL, END, LB1, LB2, Story, finding, takeover
from tests.frames import ACK, BEGIN, FIN_ACK, MACS, RST_ACK, SYN, SYN_ACK, VIP, tcp

CLIENT, PORTS = "10.88.2.9", (999, 80)


def at_nodes(*, served: bool) -> Story:
    """lb1 resigns at 3,000 ms. It served a client often before; lb2 gets fewer connections, and serves or refuses."""
    story, end = Story(), END // ms
    story.neighbours(*ALL)
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB1, 3_000, 3_001, *ALL, priority=0)
    story.adverts(LB2, 3_062, end, *ALL)
    story.announce(LB2, 3_064, *ALL)
    for t in range(10, 3_000, 5):
        connect(story, t, "lb1")
    for t in range(3_100, end, 50):
        connect(story, t, "lb2") if served else refuse(story, t, "lb2")
    return story


def connect(story: Story, t: int, *points: str) -> None:
    ports = (2_000 + t, 80)
    story.see(t, tcp(CLIENT, VIP, ports, SYN), *points)
    story.see(t + 1, tcp(VIP, CLIENT, ports[::-1], SYN_ACK), *points)
    story.see(t + 2, tcp(CLIENT, VIP, ports, ACK, b"GET"), *points)
    story.see(t + 3, tcp(VIP, CLIENT, ports[::-1], ACK, b"200"), *points)
    story.see(t + 4, tcp(CLIENT, VIP, ports, FIN_ACK), *points)


def refuse(story: Story, t: int, *points: str) -> None:
    ports = (2_000 + t, 80)
    story.see(t, tcp(CLIENT, VIP, ports, SYN), *points)
    story.see(t + 1, tcp(VIP, CLIENT, ports[::-1], RST_ACK), *points)


def logged(folder: Path) -> Logs:
    """HAProxy's log of every connection that `connect` may begin."""
    stamps = {t: datetime.fromtimestamp((BEGIN + t * ms) / s, UTC) for t in range(10, END // ms, 5)}
    lines = (
        f"lb1 haproxy[9]: {CLIENT}:{2_000 + t} [{when:%d/%b/%Y:%H:%M:%S}.{when.microsecond // 1000:03}] "
        "api servers/api-1 0/0/1/1/2 200 99 - - ---- 1/1"
        for t, when in stamps.items()
    )
    (folder / "log").write_text("\n".join(lines))
    return Logs(answers=read_answers([folder / "log"]))


@pytest.mark.parametrize("served, word", [(True, "holds"), (False, "violated")])
def test_connections_that_only_the_new_owner_got_count_too(tmp_path: Path, served: bool, word: str) -> None:  # noqa: FBT001
    level = finding(at_nodes(served=served).judge(tmp_path, "lb1", "lb2", logs=logged(tmp_path)), "service_level")
    assert level.verdict == word, level.sentence
    assert not served or level.sentence.startswith("776 of 776 connections")


def test_a_syn_that_is_repeated_at_another_node_is_one_connection(tmp_path: Path) -> None:
    story = at_nodes(served=True)
    story.see(2_999, tcp(CLIENT, VIP, (2_000 + 4_000, 80), SYN), "lb1")
    level = finding(story.judge(tmp_path, "lb1", "lb2", logs=logged(tmp_path)), "service_level")
    assert level.sentence.startswith("775 of 776 connections"), level.sentence


def ask(story: Story, t: int, *points: str, confirmed: bool = False) -> None:
    story.see(t, tcp(CLIENT, VIP, PORTS, ACK, b"GET"), *points)
    if confirmed:
        story.see(t + 1, tcp(VIP, CLIENT, PORTS[::-1], ACK), *points)


def answer(story: Story, t: int, *points: str) -> None:
    story.see(t, tcp(VIP, CLIENT, PORTS[::-1], ACK, b"200"), *points)


@pytest.mark.parametrize("points", [ALL, ("lb1", "lb2")])
def test_a_reset_that_only_other_points_saw_ends_a_wait(tmp_path: Path, points: tuple[str, ...]) -> None:
    """lb1 confirms a question and resigns; the client asks again 400 ms later, and lb2 resets the connection."""
    story, there = takeover(), ("gw2", "lb1") if "gw2" in points else ("lb1",)
    ask(story, 500, *there)
    answer(story, 503, *there)
    ask(story, 2_990, *there, confirmed=True)
    after = tuple({*there, "lb2"} - {"lb1"})
    ask(story, 3_400, *after)
    story.see(3_401, tcp(VIP, CLIENT, PORTS[::-1], RST_ACK, macs=(MACS[LB2], MACS["10.77.0.12"])), *after)
    hang = finding(story.judge(tmp_path, *points), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert ("for an answer" in hang.sentence) == ("gw2" not in points), hang.sentence


def test_a_connection_that_a_gateway_saw_busy_is_not_missing(tmp_path: Path) -> None:
    """At lb1 it has been quiet since the takeover."""
    story = takeover()
    story.see(90, tcp(CLIENT, VIP, PORTS, SYN), "gw2", "lb1")
    for t in range(100, END // ms, 400):
        there = ("gw2", "lb1") if t < 3_000 else ("gw2",)
        ask(story, t, *there)
        answer(story, t + 3, *there)
    hang = finding(story.judge(tmp_path), "no_hang")
    assert "a connection of 10.88.2.2 that is kept open" in hang.sentence
    assert f"a connection of {CLIENT} that is kept open" not in hang.sentence


def test_a_client_that_asks_again_and_again_at_a_node_waits(tmp_path: Path) -> None:
    """Its cache leads to lb1 for ever."""
    story = takeover()
    ask(story, 500, "lb1")
    answer(story, 503, "lb1")
    for t in (2_990, 3_200, 3_600, 4_400, 6_000, 9_200):
        ask(story, t, "lb1")
    hang = finding(story.judge(tmp_path, "lb1", "lb2"), "no_hang")
    assert hang.violated, hang.sentence
    assert hang.sentence.startswith(f"A request of {CLIENT} waited for 6.210 s")


def test_a_client_that_sends_on_and_is_confirmed_does_not_wait(tmp_path: Path) -> None:
    """An upload of 9 s, which the takeover ends at once."""
    story = Story()
    story.adverts(LB1, 0, 9_500, *ALL)
    story.adverts(LB1, 9_500, 9_501, *ALL, priority=0)
    story.adverts(LB2, 9_562, END // ms, *ALL)
    ask(story, 300, *ALL)
    answer(story, 303, *ALL)
    for t in range(500, 9_500, 100):
        ask(story, t, *ALL, confirmed=True)
    ask(story, 9_600, *ALL)
    story.see(9_601, tcp(VIP, CLIENT, PORTS[::-1], RST_ACK), *ALL)
    hang = finding(story.judge(tmp_path), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert f"whether {CLIENT} waited for an answer for 9.101 s" in hang.sentence


def test_a_client_that_answers_what_it_did_not_ask_for_does_not_wait(tmp_path: Path) -> None:
    """The VIP's messages come of themselves, and the client confirms each; lb2 resets it as soon as it sends again."""
    story = takeover()
    ask(story, 100, *ALL)
    answer(story, 103, *ALL)
    for t in (1_200, 2_500):
        answer(story, t, *ALL)
        ask(story, t + 1, *ALL, confirmed=True)
    ask(story, 9_000, *ALL)
    story.see(9_001, tcp(VIP, CLIENT, PORTS[::-1], RST_ACK), *ALL)
    hang = finding(story.judge(tmp_path), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert f"whether {CLIENT} waited for an answer for 6.500 s" in hang.sentence


def dark(every_ms: int, before_ms: int) -> Story:
    """A client that lb1 served, and lb2 never answers."""
    story = takeover()
    for t in range(10, 3_000, before_ms):
        connect(story, t, "gw2")
    for t in range(3_100, END // ms, every_ms):
        story.see(t, tcp(CLIENT, VIP, (2_000 + t, 80), SYN), "gw2")
    return story


@pytest.mark.parametrize("every_ms, before_ms", [(500, 500), (50, 1)])
def test_a_client_that_asks_seldom_or_was_served_for_long_is_not_served_any_more(
    tmp_path: Path, every_ms: int, before_ms: int
) -> None:
    level = finding(dark(every_ms, before_ms).judge(tmp_path), "service_level")
    assert level.violated, level.sentence
    assert level.sentence.startswith(f"{CLIENT} got no answer in time from +3.1")


def test_a_few_connections_without_an_answer_do_not_decide(tmp_path: Path) -> None:
    level = finding(dark(1_200, 500).judge(tmp_path), "service_level")
    assert level.inconclusive, level.sentence
