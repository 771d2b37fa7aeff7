"""keepalived's own word: its notify FIFO (every change of state at once) and its JSON dump (on signal).

keepalived.conf names the FIFO, and a site's own scripts may write to it, too: not all that is in it is keepalived's.
"""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from harness.model.events import VrrpDump, VrrpState

DUMP_SIGNAL: Final = signal.SIGRTMIN + 2
"""What ``keepalived --signum=JSON`` prints (2.3.3: 36)."""

FIFO: Final = "/run/keepalived/notify.fifo"
DUMP: Final = "/tmp/keepalived.json"  # noqa: S108 - in the node; readable for its owner alone, in keepalived's KA_TMP_DIR

_STATES: Final = {0: "INIT", 1: "BACKUP", 2: "MASTER", 3: "FAULT"}  # vrrp.h: VRRP_STATE_*
_INSTANCE: Final = re.compile(
    r'INSTANCE "(?P<name>.*)" (?P<state>(?:MASTER|BACKUP)(?:_PRIORITY)?|MASTER_RX_LOWER_PRI|FAULT|STOP|DELETED)'
    r" (?P<priority>\d{1,3})"
)
"""vrrp_notify.c, notify_fifo(): `%s "%s" %s %d`. A name may hold blanks, and quotation marks."""
_OTHERS: Final = ("GROUP ", "VS ", "RS ", "VIRTUAL_SERVER ")  # notices of keepalived's that are none of an instance


class _Data(msgspec.Struct):
    iname: str
    state: int
    vipset: bool


class _Instance(msgspec.Struct):
    data: _Data


_decode: Final = msgspec.json.Decoder(list[_Instance]).decode


def takes_dumps(pid: int) -> bool:
    """Would the process handle the signal? Whoever does not dies of it: a service's shell that waits for its cable, and
    keepalived itself in the first moments of its life.

    keepalived reads signals from a signalfd, so it blocks them (SigBlk in /proc/PID/status); another release might
    catch them (SigCgt).
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigBlk:", "SigCgt:"))]
    return any(mask >> (DUMP_SIGNAL - 1) & 1 for mask in masks)


class Told(NamedTuple):
    """What lines of the FIFO say, and those that are nothing that keepalived writes."""

    states: tuple[VrrpState, ...]
    foreign: tuple[str, ...]


def states(text: str, node: str, t: int) -> Told:
    """Complete lines of the FIFO: ``INSTANCE "external" MASTER 150``. Groups and other notices are left out."""
    lines = [line for line in text.split("\n") if line and not line.startswith(_OTHERS)]
    read = [(line, _INSTANCE.fullmatch(line)) for line in lines]
    return Told(
        tuple(VrrpState(t, node, found["name"], found["state"], int(found["priority"])) for _, found in read if found),
        tuple(line for line, found in read if not found),
    )


def dumps(raw: bytes, node: str, t: int) -> Iterator[VrrpDump]:
    """One per instance. Raises `msgspec.DecodeError` for a dump that is being written, or is none."""
    for instance in _decode(raw.decode(errors="replace")):
        data = instance.data
        yield VrrpDump(t, node, data.iname, _STATES.get(data.state, "?"), data.vipset)
