"""Connections that are kept open: what a client sends need be no question, and no file sees all that came of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.capture import Logs, read_answers
from harness.model.units import ms, s
from tests.captures import ALL, END, LB1, LB2, Story, finding
from tests.frames import ACK, BEGIN, FIN_ACK, MACS, RST_ACK, SYN, SYN_ACK, VIP, tcp

CLIENT, BUSY, LAST = "10.88.2.9", "10.88.2.10", END // ms
NODES = ("lb1", "lb2")


def silent() -> Story:
    """lb1 resigns at 3,000 ms, and lb2 takes over."""
    story = Story()
    story.neighbours(*ALL)
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB1, 3_000, 3_001, *ALL, priority=0)
    story.adverts(LB2, 3_062, LAST, *ALL)
    story.announce(LB2, 3_064, *ALL)
    return story


def begin(story: Story, t: int, port: int, *points: str, client: str = CLIENT) -> None:
    node = LB1 if t < 3_000 else LB2
    story.see(t, tcp(client, VIP, (port, 80), SYN), *points)
    story.see(t + 1, tcp(VIP, client, (80, port), SYN_ACK, macs=(MACS[node], MACS["10.77.0.12"])), *points)


def ask(story: Story, t: int, port: int, *points: str, client: str = CLIENT, confirmed: bool = False) -> None:
    story.see(t, tcp(client, VIP, (port, 80), ACK, b"GET"), *points)
    if confirmed:
        story.see(t + 1, tcp(VIP, client, (80, port), ACK), *points)


def answer(story: Story, t: int, port: int, *points: str, client: str = CLIENT) -> None:
    node = LB1 if t < 3_000 else LB2
    story.see(t, tcp(VIP, client, (80, port), ACK, b"200", macs=(MACS[node], MACS["10.77.0.12"])), *points)


def reset(story: Story, t: int, port: int, *points: str) -> None:
    macs = (MACS[LB1 if t < 3_000 else LB2], MACS["10.77.0.12"])
    story.see(t, tcp(VIP, CLIENT, (80, port), RST_ACK, macs=macs), *points)


def busy(story: Story, first: int, last: int, port: int, *points: str, client: str = CLIENT) -> None:
    """Asks every 400 ms, and is answered at once."""
    for t in range(first, last, 400):
        ask(story, t, port, *points, client=client)
        answer(story, t + 3, port, *points, client=client)


def served_throughout(story: Story) -> None:
    """Another client keeps a connection to each node busy, so that nothing else is missing."""
    for first, last, port, node in ((90, 3_000, 700, "lb1"), (3_100, LAST, 701, "lb2")):
        begin(story, first, port, node, "gw2", client=BUSY)
        busy(story, first + 10, last, port, node, "gw2", client=BUSY)


@pytest.mark.parametrize("points", [ALL, NODES])
def test_a_wait_on_a_connection_on_which_the_vip_sends_of_itself_is_not_overlooked(
    tmp_path: Path, points: tuple[str, ...]
) -> None:
    """Once it did so, after 1.2 s. The last question is confirmed, and never answered."""
    story = silent()
    served_throughout(story)
    here = tuple({"lb1", "gw2"} & set(points))
    begin(story, 90, 999, *here)
    ask(story, 100, 999, *here)
    answer(story, 103, 999, *here)
    answer(story, 1_303, 999, *here)
    busy(story, 1_400, 2_900, 999, *here)
    ask(story, 2_990, 999, *here, confirmed=True)
    hang = finding(story.judge(tmp_path, *points), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert f"whether {CLIENT} waited for an answer for " in hang.sentence


@pytest.mark.parametrize("closes", [True, False])
def test_a_last_message_that_was_confirmed_need_not_be_a_question(tmp_path: Path, closes: bool) -> None:  # noqa: FBT001
    """HTTP/2's WINDOW_UPDATE, an acknowledged SETTINGS, a keep-alive probe of one byte: then the client idles."""
    story = silent()
    served_throughout(story)
    begin(story, 90, 999, "lb1", "gw2")
    ask(story, 2_400, 999, "lb1", "gw2")
    answer(story, 2_403, 999, "lb1", "gw2")
    ask(story, 2_404, 999, "lb1", "gw2", confirmed=True)
    if closes:
        story.see(11_900, tcp(CLIENT, VIP, (999, 80), FIN_ACK), "lb2", "gw2")
    hang = finding(story.judge(tmp_path, "gw2"), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert f"whether {CLIENT} waited for an answer for 9." in hang.sentence


def test_a_question_that_is_repeated_and_never_confirmed_is_one(tmp_path: Path) -> None:
    """As a client's kernel repeats it."""
    story = silent()
    begin(story, 90, 999, "lb1", "gw2")
    busy(story, 100, 2_900, 999, "lb1", "gw2")
    for t in (2_990, 3_190, 3_590, 4_390, 5_990, 9_190):
        ask(story, t, 999, "lb1", "gw2")
    hang = finding(story.judge(tmp_path, "gw2"), "no_hang")
    assert hang.violated, hang.sentence
    assert hang.sentence.startswith(f"A request of {CLIENT} waited for 6.200 s")


def test_what_came_after_a_gateway_s_file_had_ended_is_not_known_by_it(tmp_path: Path) -> None:
    """Its file ends at 2,950 ms; a question of 2,990 is never answered at lb1."""
    story = silent()
    served_throughout(story)
    begin(story, 90, 999, "lb1", "gw2")
    busy(story, 100, 2_900, 999, "lb1", "gw2")
    ask(story, 2_990, 999, "lb1")
    last = min(t for t, _ in story.points["gw2"]) + 2_950 * ms
    story.points["gw2"] = [(t, frame) for t, frame in story.points["gw2"] if t < last]
    hang = finding(story.judge(tmp_path), "no_hang")
    assert not hang.holds, hang.sentence
    assert f"whether {CLIENT} waited for an answer for " in hang.sentence


@pytest.mark.parametrize("points, at", [(NODES, False), (NODES, True), (("gw2", "lb1"), True)])
def test_a_client_that_went_on_elsewhere_did_not_wait(tmp_path: Path, points: tuple[str, ...], at: bool) -> None:  # noqa: FBT001
    """To lb2, which resets the connection after 0.4 s. Of no file is it known where it is, or none is there."""
    story = silent()
    served_throughout(story)
    here = tuple({"lb1", "gw2"} & set(points))
    begin(story, 90, 999, *here)
    ask(story, 500, 999, *here)
    answer(story, 503, 999, *here)
    ask(story, 2_990, 999, *here)
    ask(story, 3_400, 999, "lb2")
    reset(story, 3_401, 999, "lb2")
    hang = finding(story.judge(tmp_path, *points, at=at), "no_hang")
    assert hang.inconclusive, hang.sentence


def test_a_connection_that_ended_in_silence_is_not_hidden_by_one_that_is_busy(tmp_path: Path) -> None:
    """The first one's questions reach lb2, which drops them: there it never served."""
    story = silent()
    begin(story, 90, 999, "lb1")
    busy(story, 100, 2_900, 999, "lb1")
    for t in (3_200, 3_400, 3_800, 4_600, 6_200, 9_400):
        ask(story, t, 999, "lb2")
    begin(story, 3_300, 1_000, "lb2")
    busy(story, 3_310, LAST, 1_000, "lb2")
    hang = finding(story.judge(tmp_path, *NODES), "no_hang")
    assert hang.inconclusive, hang.sentence
    assert f"a connection of {CLIENT} that is kept open" in hang.sentence


def test_a_client_that_is_busy_at_a_gateway_throughout_holds(tmp_path: Path) -> None:
    """At lb1 the reset of the connection was not seen: the gateway's whole file tells of it."""
    story = silent()
    begin(story, 90, 999, "lb1", "gw2")
    busy(story, 100, 2_900, 999, "lb1", "gw2")
    ask(story, 2_990, 999, "lb1", "gw2")
    ask(story, 3_400, 999, "lb2", "gw2")
    reset(story, 3_401, 999, "lb2", "gw2")
    begin(story, 3_410, 1_000, "lb2", "gw2")
    busy(story, 3_420, LAST, 1_000, "lb2", "gw2")
    hang = finding(story.judge(tmp_path), "no_hang")
    assert hang.holds, hang.sentence


# -- ports of one client


def connect(story: Story, t: int, service: int, *, served: bool) -> None:
    """One connection, at the gateway and the owner of that time."""
    owner, ports = ("lb1", LB1) if t < 3_000 else ("lb2", LB2), (2_000 + t + service % 7, service)
    points, macs = (owner[0], "gw2"), (MACS[owner[1]], MACS["10.77.0.12"])
    story.see(t, tcp(CLIENT, VIP, ports, SYN), *points)
    story.see(t + 1, tcp(VIP, CLIENT, ports[::-1], SYN_ACK if served else RST_ACK, macs=macs), *points)
    if served:
        story.see(t + 2, tcp(CLIENT, VIP, ports, ACK, b"GET"), *points)
        story.see(t + 3, tcp(VIP, CLIENT, ports[::-1], ACK, b"200", macs=macs), *points)
        story.see(t + 4, tcp(CLIENT, VIP, ports, FIN_ACK), *points)


def test_a_port_that_never_served_a_client_tells_nothing_of_a_failover(tmp_path: Path) -> None:
    """It is served at port 80 as often as it asks, twice, and asks at 8404, which is closed, all the time."""
    story = silent()
    for t in (500, 4_500):
        connect(story, t, 80, served=True)
    for t in range(100, LAST, 200):
        connect(story, t, 8404, served=False)
    level = finding(story.judge(tmp_path), "service_level")
    assert level.inconclusive, level.sentence


def test_a_port_that_is_served_does_not_hide_one_that_is_sent_elsewhere(tmp_path: Path) -> None:
    """Status 200 at port 80 throughout, and 404 at port 443 from the takeover on, by HAProxy's log."""
    story, lines = silent(), list[str]()
    for t in range(100, LAST, 200):
        for begun, service in ((t, 80), (t + 50, 443)):
            connect(story, begun, service, served=True)
            when = datetime.fromtimestamp((BEGIN + begun * ms) / s, UTC)
            lines.append(
                f"lb1 haproxy[9]: {CLIENT}:{2_000 + begun + service % 7} "
                f"[{when:%d/%b/%Y:%H:%M:%S}.{when.microsecond // 1000:03}] "
                f"api servers/api-1 0/0/1/1/2 {404 if service == 443 and t > 3_000 else 200} 99 - - ---- 1/1"
            )
    (tmp_path / "log").write_text("\n".join(lines))
    level = finding(story.judge(tmp_path, logs=Logs(answers=read_answers([tmp_path / "log"]))), "service_level")
    assert level.inconclusive, level.sentence
    assert f"whether {CLIENT} (port 443) is to get status 404 from +3.1" in level.sentence


def test_a_port_that_is_served_does_not_hide_one_that_is_not_any_more(tmp_path: Path) -> None:
    """HAProxy of lb2 has no bind for port 443."""
    story = silent()
    for t in range(100, LAST, 200):
        connect(story, t, 80, served=True)
        connect(story, t + 50, 443, served=t < 3_000)
    level = finding(story.judge(tmp_path), "service_level")
    assert level.violated, level.sentence
    assert level.sentence.startswith(f"{CLIENT} (port 443) got no answer in time from +3.1")
