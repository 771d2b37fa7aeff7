"""Delays: one process for each device whose frames are delayed (`delayer`), started before it is needed.

It costs a tenth of a second to start, so that it waits for its orders, and stays for the next delay at its port. It
ends with its device, and with this agent.
"""

import os
import select
import subprocess
import sys
from contextlib import nullcontext
from typing import Final

from harness.agents.executor import Ready
from harness.agents.network.namespace import inside
from harness.agents.network.sending import Sending, sending
from harness.agents.network.wiring import Wiring
from harness.model.errors import AgentError
from harness.model.ops import Delay, Side
from harness.model.topology import Topology

PATIENCE_S: Final = 5.0


class Delays:
    """Called on the lanes of its ops: one port and side is served by one thread."""

    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring
        self._processes: dict[tuple[str, Side], _Process] = {}

    def ready(self, op: Delay) -> Ready:
        """Raises `AgentError` for a node that is not running, or a kernel that cannot do it: frames are not touched."""
        sender = sending(self._topology, self._wiring, op.port, op.side)
        process = self._process(op, sender)

        def apply() -> None:
            nonlocal process
            sender.expect()
            process = self._process(op, sender)
            process.ask(f"begin {op.delay_ns} {op.jitter_ns}", "begun")

        def undo() -> None:
            process = self._processes.get((op.port, op.side))
            if process and process.alive and not process.ended():
                del self._processes[op.port, op.side]

        return Ready(apply, undo, count=lambda: process.met)

    def _process(self, op: Delay, sender: Sending) -> "_Process":
        """The one that waits there, or a new one if it ended, or if the port has another cable now."""
        process = self._processes.get((op.port, op.side))
        if process and process.alive and process.sender == sender:
            return process
        if process:
            process.kill()
        process = self._processes[op.port, op.side] = _Process(sender, op.side)
        process.hear("ready")
        return process


class _Process:
    def __init__(self, sender: Sending, side: Side) -> None:
        self.sender = sender
        self.met: int | None = None
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # this thread's may be the loop's real-time one
        command = [sys.executable, "-m", "harness.agents.network.delayer", sender.device, sender.port, side]
        with inside(sender.inside.namespace) if sender.inside else nullcontext():
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, order: str, answer: str) -> None:
        """Raises `AgentError` unless it answers so, perhaps with a number behind it."""
        assert self._process.stdin
        try:
            os.write(self._process.stdin.fileno(), f"{order}\n".encode())
        except BrokenPipeError as error:
            raise AgentError(f"The process that delays has ended: it cannot {order!r}.") from error
        self.hear(answer)

    def hear(self, answer: str) -> None:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_S)
        heard = os.read(self._process.stdout.fileno(), 4096).decode().strip() if ready else "its process is stuck"
        word, _, number = heard.partition(" ")
        self.met = int(number) if word == answer and number.isdecimal() else None
        if answer not in (heard, word):
            self.kill()
            raise AgentError(f"Frames cannot be delayed: {heard or 'its process ended'}.")

    def ended(self) -> bool:
        """Frames pass. False: it did not answer, and was killed, so that they pass too."""
        try:
            self.ask("end", "ended")
        except AgentError:
            return False
        return True

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
