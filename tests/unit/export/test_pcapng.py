"""The capture: the frames that were seen, each once for each port, at their times, with what matters said."""

import io
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from harness.agents.network.frames import decode
from harness.export import ALL, Recorded
from harness.export._frames import REBUILT, Frames, checksum
from harness.history import store
from harness.model.errors import NotMeasured
from harness.model.events import AdvertSeen, ArpSeen, VrrpConfigured
from tests.unit.export.nasty import DATA, OUTAGE, nasty_run
from tests.unit.export.pcapng_reader import Capture, Packet, read

RECORDINGS = sorted(path.parent.name for path in DATA.glob("*/run.json"))
ADVERT = bytes.fromhex("01005e000012027700000002080045c00020000a0000ff70d0420a4d0002e000001231336401006474d80a4d0064")


def captures(run: Recorded) -> dict[str, Capture]:
    found = {}
    for part in ALL["pcapng"].parts(run):
        file = io.BytesIO()
        part.write(file)
        found[part.name] = read(file.getvalue())
    return found


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_frame_is_there_once_for_each_port_that_saw_it(name: str) -> None:
    run = Recorded(DATA / name)
    seen = [e for e in run.history.events if isinstance(e, ArpSeen | AdvertSeen)]
    packets = [packet for capture in captures(run).values() for packet in capture.packets]
    wanted = sorted((e.port, run.wall_ns(e.t), e.inward) for e in seen)
    assert sorted((p.interface, p.wall_ns, p.inward) for p in packets) == wanted


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_frame_that_is_put_together_says_again_what_was_recorded(name: str) -> None:
    """By the eye's own decoder, which shares nothing with the code that puts frames together."""
    history = store.load(DATA / name)
    frames = Frames(history)
    for seen in history.events:
        if isinstance(seen, ArpSeen | AdvertSeen):
            plain = msgspec.structs.replace(seen, told_by="", serial=0)
            again = decode(frames.of(plain), seen.port, seen.t, inward=seen.inward)
            assert isinstance(again, ArpSeen | AdvertSeen)
            assert msgspec.structs.replace(again, frame=b"") == plain


def test_own_bytes_go_before_those_that_could_be_put_together() -> None:
    history = store.load(OUTAGE)
    own = AdvertSeen(1, "lb-ext-1.external", True, "02:77:00:00:00:02", "10.77.0.2", 51, 100, frame=ADVERT)
    assert Frames(history).of(own) == ADVERT


def test_version_and_interval_are_those_that_keepalived_told() -> None:
    """Of a recording in which it told them; IP and VRRP checksums are right."""
    history = store.load(DATA / "survived")
    advert = next(iter(history.of(AdvertSeen)))
    frame = Frames(history).of(advert)
    told = {each.running.instances[0].version for each in history.of(VrrpConfigured)} or {2}
    assert {frame[34] >> 4} == told
    assert checksum(frame[14:34]) == 0


def test_what_is_invented_is_said_and_only_then(tmp_path: Path) -> None:
    parts = list(ALL["pcapng"].parts(Recorded(OUTAGE)))
    assert all(REBUILT in part.note for part in parts)
    assert REBUILT in captures(Recorded(OUTAGE))["external.pcapng"].comment
    kept = with_bytes(tmp_path / "kept")
    assert [part.note for part in ALL["pcapng"].parts(kept)] == [""] * len(parts)
    assert REBUILT not in captures(kept)["external.pcapng"].comment


def with_bytes(folder: Path) -> Recorded:
    """The recording as today's eye would have written it: each frame with some bytes."""
    shutil.copytree(OUTAGE, folder)
    events = store.load(folder).events
    frames = Frames(store.load(folder))
    kept = [
        msgspec.structs.replace(e, frame=frames.of(e)) if isinstance(e, ArpSeen | AdvertSeen) else e for e in events
    ]
    (folder / "events.jsonl.gz").unlink()
    (folder / "events.jsonl").write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in kept))
    return Recorded(folder)


def test_the_frames_that_matter_have_comments() -> None:
    said = {packet.comment for packet in captures(Recorded(OUTAGE))["external.pcapng"].packets if packet.comment}
    assert any("drop trunk.b ingress begins" in each for each in said)
    assert any("no_stale_arp violated: gw-2 leads to lb-ext-2" in each for each in said)
    assert len(said) < 30, "what is said of every frame is read of none"


def test_a_comment_is_at_the_frame_that_it_is_about() -> None:
    packets = captures(Recorded(OUTAGE))["external.pcapng"].packets
    garp = [packet for packet in packets if packet.comment.startswith("first gratuitous ARP of lb-ext-2")]
    (first,) = garp
    assert (first.interface, first.inward, first.data[12:14]) == ("lb-ext-2.external", True, b"\x08\x06")
    began = Recorded(OUTAGE).wall_ns(Recorded(OUTAGE).trials[0].steps[0].began_ns)
    earlier = [p for p in packets if began < p.wall_ns < first.wall_ns and _garp_of(p, "lb-ext-2.external")]
    assert not earlier


def _garp_of(packet: Packet, port: str) -> bool:
    arp = packet.data[12:14] == b"\x08\x06" and packet.data[28:32] == packet.data[38:42] == bytes((10, 77, 0, 100))
    return arp and packet.interface == port and packet.inward


def test_one_trial_alone_and_one_that_is_not_there() -> None:
    (trial,) = Recorded(OUTAGE).trials
    shown = captures(Recorded(OUTAGE, trial.number))["external.pcapng"].packets
    begin, end = (Recorded(OUTAGE).wall_ns(t) for t in trial.window)
    assert shown
    assert all(begin <= packet.wall_ns < end for packet in shown)
    with pytest.raises(Exception, match="Valid: "):
        list(ALL["pcapng"].parts(Recorded(OUTAGE, 99)))


def test_a_run_without_a_frame_gives_no_empty_capture(tmp_path: Path) -> None:
    shutil.copytree(OUTAGE, tmp_path / "run")
    (tmp_path / "run" / "events.jsonl.gz").unlink()
    (tmp_path / "run" / "events.jsonl").touch()
    with pytest.raises(NotMeasured, match="no ARP or VRRP"):
        list(ALL["pcapng"].parts(Recorded(tmp_path / "run")))


def test_no_comment_has_a_control_character(tmp_path: Path) -> None:
    for capture in captures(nasty_run(tmp_path / "run")).values():
        assert capture.comment.isprintable()
        assert all(packet.comment.isprintable() for packet in capture.packets)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed (Debian: apt install tshark)")
def test_tshark_reads_frames_comments_and_checksums(tmp_path: Path) -> None:
    run = with_bytes(tmp_path / "run")
    for part in ALL["pcapng"].parts(run):
        with (tmp_path / part.name).open("wb") as file:
            part.write(file)
    fields = ("frame.interface_name", "frame.comment", "ip.checksum.status", "vrrp.checksum.status", "_ws.malformed")
    rows = tshark(tmp_path / "external.pcapng", *fields)
    wanted = captures(run)["external.pcapng"].packets
    assert [(row[0], row[1]) for row in rows] == [(packet.interface, packet.comment) for packet in wanted]
    good = "1"
    assert {(row[2], row[3]) for row in rows if row[2]} == {(good, good)}
    assert not any(row[4] for row in rows)


def tshark(path: Path, *fields: str) -> list[list[str]]:
    asked = [each for field in fields for each in ("-e", field)]
    command = ["tshark", "-o", "ip.check_checksum:TRUE", "-r", str(path), "-T", "fields", *asked]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]
