"""keepalived's own reports: its notify FIFO (each change of state at once), its JSON and its text dump (on signal).

keepalived.conf names the FIFO, and a site's own scripts may write to it, too: not every line is keepalived's.
"""

import hmac
import os
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
TEXT_SIGNAL: Final = signal.SIGUSR1
TEXT: Final = "/tmp/keepalived.data"  # noqa: S108 - as DUMP

DUMP: Final = "/tmp/keepalived.json"  # noqa: S108 - in the node, in keepalived's KA_TMP_DIR; only its owner may read it

_COPY: Final = "/memfd:/keepalived/consolidated_configuration"
_KEY: Final = os.urandom(32)
_KEYS_NAME: Final = os.urandom(4).hex()
_MARK: Final = 16

_STATES: Final = {0: "INIT", 1: "BACKUP", 2: "MASTER", 3: "FAULT"}  # vrrp.h: VRRP_STATE_*
_INSTANCE: Final = re.compile(
    r'INSTANCE "(?P<name>.*)" (?P<state>(?:MASTER|BACKUP)(?:_PRIORITY)?|MASTER_RX_LOWER_PRI|FAULT|STOP|DELETED)'
    r" (?P<priority>\d{1,3})"
)
"""vrrp_notify.c, notify_fifo(): `%s "%s" %s %d`. A name may hold blanks, and quotation marks."""
_OTHERS: Final = ("GROUP ", "VS ", "RS ", "VIRTUAL_SERVER ")  # keepalived's notices that are not about an instance


class _Data(msgspec.Struct):
    iname: str
    state: int
    vipset: bool


class _Instance(msgspec.Struct):
    data: _Data


_decode: Final = msgspec.json.Decoder(list[_Instance]).decode


def takes(pid: int, number: int) -> bool:
    """Does the process handle the signal `number`? If not, the signal would end it. A service's shell that waits for
    its cable does not handle it, nor does keepalived just after its start.

    keepalived reads signals from a signalfd, so it blocks them (SigBlk in /proc/PID/status); another release may catch
    them (SigCgt).
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    masks = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigBlk:", "SigCgt:"))]
    return any(mask >> (number - 1) & 1 for mask in masks)


def read_files_ns(pid: int) -> int:
    """When it last read its configuration, at its start or for a reload of any cause; 0 if unknown.

    Its parent process then writes the text of all files into a new memory file (memfd) that it and its children read
    (lib/parser.c; seen in 2.2.7 and 2.3.3). With ``use_disk_copy_for_config`` there is none. Wall clock: only tells
    whether two values differ.
    """
    try:
        with os.scandir(f"/proc/{pid}/fd") as found:
            copies = [entry.path for entry in found if _COPY in os.readlink(entry.path)]  # noqa: PTH115 - of a scan
        return max((os.stat(path).st_mtime_ns for path in copies), default=0)  # noqa: PTH116 - likewise
    except OSError:  # the process has ended, or is about to
        return 0


def marked(password: str) -> str:
    """``key.mark``: differs for different passwords. The key ends with this agent: no later guessing."""
    return f"{_KEYS_NAME}.{hmac.new(_KEY, password.encode(errors='replace'), 'sha256').hexdigest()[:_MARK]}"


class FifoLines(NamedTuple):
    """The states in lines of the FIFO, and the lines that keepalived did not write."""

    states: tuple[VrrpState, ...]
    foreign: tuple[str, ...]


def states(text: str, node: str, t: int) -> FifoLines:
    """Complete lines of the FIFO: ``INSTANCE "external" MASTER 150``. Groups and other notices are left out."""
    lines = [line for line in text.split("\n") if line and not line.startswith(_OTHERS)]
    read = [(line, _INSTANCE.fullmatch(line)) for line in lines]
    return FifoLines(
        tuple(VrrpState(t, node, found["name"], found["state"], int(found["priority"])) for _, found in read if found),
        tuple(line for line, found in read if not found),
    )


def dumps(raw: bytes, node: str, t: int) -> Iterator[VrrpDump]:
    """One per instance. Raises `msgspec.DecodeError` for a dump that is incomplete, or no dump."""
    for instance in _decode(raw.decode(errors="replace")):
        data = instance.data
        yield VrrpDump(t, node, data.iname, _STATES.get(data.state, "?"), data.vipset)
