"""``python3 -m harness.agents.probe``: tries what the lab needs from the kernel and prints one `Machine` as JSON.

Run in a container of its own without a network: all that it creates is in a namespace that ends with the container.
"""

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from harness.agents import realtime
from harness.agents.network import bpf, nft_rules, perf, token_bucket
from harness.model.errors import EnvironmentProblem
from harness.model.machine import Machine

SO_TIMESTAMPNS: Final = 35
ETH_P_ALL: Final = 3

_HOOK: Final = "{ type filter hook forward priority 0; }"
_CLOCKSOURCE: Final = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")


def probe() -> Machine:
    """Each attempt is independent of the others."""
    disk = os.statvfs("/")
    return Machine(
        bridge=attempt("ip link add probe type bridge", "ip link add probe0 type veth peer name probe1"),
        nft_bridge=attempt("nft add table bridge probe", f"nft add chain bridge probe probe {_HOOK}"),
        nft_parts=_parts_of_frames(),
        tbf=token_bucket.refusal(),
        delays=refusal(_delay),
        timestamps=refusal(_stamped_socket),
        realtime=_realtime(),
        clocksource=_CLOCKSOURCE.read_text().strip() if _CLOCKSOURCE.exists() else "",
        nofile=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        memory_available=_memory_available(),
        disk_available=disk.f_bavail * disk.f_frsize,
    )


def attempt(*commands: str) -> str:
    """Runs them in turn → the first line of the output of the first one that fails, "" if none fails."""
    for command in commands:
        done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
        if done.returncode:
            output = (done.stderr or done.stdout).strip().splitlines()
            return output[0] if output else f"{command} ended with status {done.returncode}"
    return ""


def refusal(action: Callable[[], None]) -> str:
    try:
        action()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _stamped_socket() -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as packets:
        packets.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def _parts_of_frames() -> str:
    """The agent's own rules: each kind that is refused, with the reason."""
    try:
        return "; ".join(f"{kind}: {reason}" for kind, reason in nft_rules.install().items())
    except EnvironmentProblem as problem:
        return str(problem)


def _delay() -> None:
    """The program of a delay is loaded, and put nowhere."""
    bpf.load(bpf.event_array([perf.Ring(0).event]), mark=1)


def _realtime() -> str:
    """Uses the same code as the injecting process. It changes this process, which ends right after."""
    return "; ".join(realtime.best().notes)


def _memory_available() -> int:
    """MemAvailable of /proc/meminfo is in kB, of the whole machine."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(probe()).decode() + "\n")  # the Docker engine logs whole lines
