"""How long `harness judge` takes for a large capture, and how much memory: `python -m scripts.judge_speed [PACKETS]`.

The capture is of one segment: seven of ten packets are connections of 50 clients to the VIP (SYN, SYN with ACK,
question, answer, two FINs), two are of other machines, and the rest are ARP and adverts. Prints seconds and MB of a
process of its own; exit status 1 if it took more than 60 s or 500 MB for each 3,000,000 packets.
"""

import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from tests.frames import advert, arp, tcp

VIP, MOST_S, MOST_MB = "10.77.0.100", 60, 500


def main(packets: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.pcap"
        write(path, packets)
        size = path.stat().st_size
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "harness", "judge", str(path)], stdout=subprocess.PIPE, check=False
        )
        took, own = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used, cpu = own.ru_maxrss / 1024, own.ru_utime + own.ru_stime
    print(
        f"{packets:,} packets, {size / 1e6:.0f} MB: {took:.1f} s ({cpu:.1f} s of CPU time), {used:.0f} MB, "
        f"exit status {done.returncode}"
    )
    return 1 if took > MOST_S * max(1, packets / 3e6) or used > MOST_MB or done.returncode not in {0, 1, 3} else 0


def write(path: Path, packets: int) -> None:
    """10,000 packets a second."""
    random = Random(13)  # noqa: S311 - the same capture each time
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number, frame in enumerate(islice(_frames(random), packets)):
            seconds, part = divmod(number * 100, 1_000_000)
            out.write(struct.pack("<IIII", 1_700_000_000 + seconds, part, len(frame), len(frame)) + frame)


def _frames(random: Random) -> Iterator[bytes]:
    """One by one: a child begins with its parent's peak of memory, which would be measured."""
    count = 0
    while True:
        some = _some(random, count)
        count += len(some)
        if count % 10_000 < 10:
            count += 1
            some.append(advert("10.77.0.1", 51, 150, VIP, ident=count // 10_000))
        yield from some


def _some(random: Random, number: int) -> list[bytes]:
    """A connection of six packets or more, two others, sometimes ARP."""
    client, port = f"10.88.1.{random.randrange(50)}", 1024 + number // 10 % 60_000
    other = tcp("10.9.0.1", "10.9.0.2", (1, 2), 16, b"x" * 100)
    asked = [tcp(client, VIP, (port, 80), flags, data) for flags, data in ((2, b""), (16, b"GET /"), (17, b""))]
    answered = [tcp(VIP, client, (80, port), flags, data) for flags, data in ((18, b""), (16, b"y" * 500), (17, b""))]
    talk = [asked[0], answered[0], asked[1], answered[1], asked[2], answered[2], tcp(client, VIP, (port, 80), 16)]
    return [*talk, other, other, arp("10.77.0.11", "10.77.0.1", 1) if number % 50 == 0 else other]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000))
