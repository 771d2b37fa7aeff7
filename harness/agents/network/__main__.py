"""Starts hand and eye. When the hand ends, the agent ends with the same status: Docker starts all of them anew.

When the eye ends, only the eye starts again. It only observes: without it events are missing, and trials invalid, but
the hand keeps the whole layer 2 and the faults that are held. A lab with a GLBP group has one more process, for GLBP,
which starts again alone, too.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from typing import Final

from harness.agents import lab

APART_S: Final = 1.0
"""Shortest time between two starts of one process: one that fails at each start must not keep a processor busy."""
_PR_SET_PDEATHSIG: Final = 1


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # PR_SET_PDEATHSIG ends its children
    hand = _start("hand")
    beside = [_Beside("eye")]
    beside += [_Beside("glbp")] if lab.topology().glbp else []  # read once the others start
    while (ended := _ended()) != hand.pid:
        for each in beside:
            each.start_again(ended)
    code = hand.wait()
    _tell("hand", code)
    for each in beside:
        each.end()
    return 128 - code if code < 0 else code or 1


class _Beside:
    """A process that ends and starts again without the hand."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process, self._begun = _start(name), time.monotonic()

    def start_again(self, ended: int) -> None:
        """If it is the one that ended."""
        if ended == self._process.pid:
            _tell(self._name, self._process.wait())
            time.sleep(max(0, self._begun + APART_S - time.monotonic()))
            self._process, self._begun = _start(self._name), time.monotonic()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def _ended() -> int:
    """Waits for the end of a child and returns its pid. The child's status stays for the caller's `wait`."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    assert ended
    return ended.si_pid


def _tell(name: str, code: int) -> None:
    reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
    print(f"network-agent: {name} ended with {reason}; its last output is above.", file=sys.stderr)


def _start(name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"harness.agents.network.{name}"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)  # noqa: PLW1509 (no threads here)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
