"""keepalived's own word: its notify FIFO (every change of state at once) and its JSON dump (on signal)."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.model.events import VrrpDump, VrrpState

DUMP_SIGNAL: Final = signal.SIGRTMIN + 2
"""What ``keepalived --signum=JSON`` prints (2.3.3: 36)."""

_STATES: Final = ("INIT", "BACKUP", "MASTER", "FAULT")  # vrrp.h: VRRP_STATE_*


class _Data(msgspec.Struct):
    iname: str
    state: int
    vipset: bool


class _Instance(msgspec.Struct):
    data: _Data


_decode: Final = msgspec.json.Decoder(list[_Instance]).decode


def fifo_path(init: int) -> Path:
    return Path(f"/proc/{init}/root/run/keepalived/notify.fifo")


def dump_path(init: int) -> Path:
    """Readable for its owner alone; keepalived keeps it in KA_TMP_DIR."""
    return Path(f"/proc/{init}/root/tmp/keepalived.json")


def takes_dumps(pid: int) -> bool:
    """Would the process handle the signal? Whoever does not dies of it: a service's shell that waits for its cable, and
    keepalived itself in the first moments of its life.

    keepalived reads signals from a signalfd, so it blocks them (SigBlk in /proc/PID/status); another release might
    catch them (SigCgt).
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigBlk:", "SigCgt:"))]
    return any(mask >> (DUMP_SIGNAL - 1) & 1 for mask in masks)


def states(text: str, node: str, t: int) -> Iterator[VrrpState]:
    """Complete lines of the FIFO: ``INSTANCE "external" MASTER 150``. Groups and other notices are left out."""
    for line in text.splitlines():
        match line.split():
            case ["INSTANCE", name, state, priority]:
                yield VrrpState(t, node, name.strip('"'), state, int(priority))


def dumps(raw: bytes, node: str, t: int) -> Iterator[VrrpDump]:
    """One per instance. Raises `msgspec.DecodeError` for a dump that is being written."""
    for instance in _decode(raw):
        data = instance.data
        yield VrrpDump(t, node, data.iname, _STATES[data.state] if data.state < len(_STATES) else "?", data.vipset)
