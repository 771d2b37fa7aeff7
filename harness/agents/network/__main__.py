"""Starts hand and eye; when either ends, so does the agent, with that one's status (Docker restarts both)."""

import ctypes
import os
import signal
import subprocess
import sys
from typing import IO, Final

_PR_SET_PDEATHSIG: Final = 1


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # its children die with it
    hand = _start("hand", stdout=subprocess.PIPE)
    eye = _start("eye", stdin=hand.stdout)
    pid, status = os.wait()
    name = "hand" if pid == hand.pid else "eye"
    code = os.waitstatus_to_exitcode(status)
    reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
    print(f"network-agent: {name} ended with {reason}; its last words are above.", file=sys.stderr)
    for process in (hand, eye):
        if process.pid != pid:
            process.kill()
            process.wait()
    return 128 - code if code < 0 else code or 1


def _start(
    name: str, stdin: int | IO[bytes] | None = subprocess.DEVNULL, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"harness.agents.network.{name}"]
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, preexec_fn=_die_with_parent)  # noqa: PLW1509 (no threads here)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
