"""Cuts what the model is compared with out of one trial of a run: a small recording for tests/data/replays.

    python scripts/cut_replay.py RUN TRIAL NAME

It has what owners, caches, switches and keepalived did, and the ops. It has neither requests nor samples: checks cannot
judge it. Adverts and ARP begin `BEFORE_NS` ahead of the trial. Of the rest all is kept: it tells how the trial began.
Check scripts of a site are named as files beside its keepalived.conf, as far as tests/data/sites has them.
"""

import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.history import History, store
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    AnyEvent,
    ArpSeen,
    FdbChanged,
    Marked,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    ServiceChanged,
    VrrpConfigured,
    VrrpState,
    encode,
)
from harness.model.units import s

DATA: Final = Path(__file__).resolve().parents[1] / "tests" / "data"
BEFORE_NS: Final = 12 * s
AFTER_NS: Final = s // 10
KEPT: Final = (
    AddressChanged,
    FdbChanged,
    Marked,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    ServiceChanged,
    VrrpConfigured,
)
RECENT: Final = (AdvertSeen, ArpSeen, VrrpState)
SCRIPTS: Final = ("", ".sh")


def main(run: Path, trial: int, name: str) -> int:
    history, target = store.load(run), DATA / "replays" / name
    header = msgspec.structs.replace(store.read_header(run), run=name, parameters={})
    store.create(target, header, history.topology)
    events = b"".join(encode(event) + b"\n" for event in _events(history, trial))
    store.events_path(target).unlink(missing_ok=True)
    store.events_path(target).with_suffix(".jsonl.gz").write_bytes(gzip.compress(events, mtime=0))
    _copy_configurations(run, target)
    print(f"{target.name}: {sum(file.stat().st_size for file in target.rglob('*') if file.is_file()) / 1000:.0f} kB")
    return 0


def _events(history: History, trial: int) -> Iterator[AnyEvent]:
    """Of other trials no marks, so that the recording has one alone."""
    windows = [history.step(number, name).window for number, name in history.steps if number == trial]
    begin, end = windows[0].begin - BEFORE_NS, windows[-1].end + AFTER_NS
    for event in history.events:
        marks_other = isinstance(event, Marked) and event.name != "configuration" and event.trial != trial
        if event.t > end or marks_other:
            continue
        if isinstance(event, KEPT) or (event.t >= begin and isinstance(event, RECENT)):
            yield event


def _copy_configurations(run: Path, target: Path) -> None:
    site = DATA / "sites" / re.sub(r"^gate-|-\d{8}-\d{6}.*$", "", run.name)
    scripts = {file.name: file for file in site.rglob("*") if file.is_file() and file.suffix in SCRIPTS}
    for node in (run / "configuration").glob("*/*/"):
        files = {file.name: file for file in node.glob("*.conf")} | scripts
        for name, file in files.items():
            store.configuration_path(target, node.parent.name, node.name, name).write_text(file.read_text())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
