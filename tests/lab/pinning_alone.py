"""Runs in a container of its own, given a topology: which port each switch has for a card that fails over, as JSON."""

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from harness.agents.network.switch_ops import SwitchExecutor
from harness.agents.network.wiring import Wiring
from harness.model.ops import AnnounceCard, Repin
from harness.model.topology import Topology

CARD, MAC = "lb-ext-1.external", "02:77:00:00:00:10"
TOPOLOGY = msgspec.json.decode(sys.argv[1], type=Topology)


class Alone(Wiring):
    """Its one card ends here, in no node."""

    def expect(self, port: str) -> None:
        assert port == CARD

    def is_wired(self, port: str) -> bool:
        return port == CARD


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def learnt() -> dict[str, str]:
    """Switch → the port that it has for the card's MAC address."""
    time.sleep(0.1)
    entries = [line.split() for line in run("bridge", "fdb").splitlines() if line.startswith(MAC)]
    return {entry[entry.index("master") + 1]: entry[2] for entry in entries}


def carrier() -> str:
    return Path("/sys/class/net/guest/carrier").read_text().strip()


wiring = Alone(TOPOLOGY)
wiring.build()
tap = TOPOLOGY.ports[CARD].tap
run("ip", "link", "add", tap, "type", "veth", "peer", "name", "guest", "address", MAC)
run("ip", "link", "set", tap, "master", "fi-a", "up")
run("ip", "link", "set", "guest", "up")
switches = SwitchExecutor(TOPOLOGY, wiring)
announce, moved = switches.prepare(AnnounceCard(CARD)), switches.prepare(Repin(CARD, "fi-b"))
told: dict[str, object] = {}
announce.apply()
told["at home"] = learnt()
began = time.monotonic_ns()
moved.apply()
told["moved within ms"] = (time.monotonic_ns() - began) / 1e6
told["carrier"] = carrier()
told["moved, lost"] = learnt()
announce.apply()
told["moved, sent"] = learnt()
moved.undo()
announce.apply()
told["home, sent"] = learnt()
print(json.dumps(told))
