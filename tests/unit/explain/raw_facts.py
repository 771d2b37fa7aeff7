"""A recording read anew, without any code of the harness: JSON lines, packed records, and arithmetic."""

import gzip
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

_RECORD = struct.Struct("<qqqIHBBBBBx")
HALF_NS = 500_000
"""Instants are written to the millisecond."""


class Record(NamedTuple):
    due: int
    sent: int
    done: int
    sequence: int
    status: int
    outcome: int
    balancer: int
    api: int
    vantage: int
    stream: int


@dataclass(frozen=True)
class Facts:
    """One step of a recording. Events are as they are in its file."""

    folder: Path
    trial: int
    step: str

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        lines = gzip.decompress((self.folder / "events.jsonl.gz").read_bytes()).splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda event: event["t"])

    @cached_property
    def topology(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "topology.json").read_text())
        return found

    def of(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """Fields that a line leaves out have their default, which no caller asks for but ``inward`` false."""
        found = (event for event in self.events if event["event"] == kind)
        return [event for event in found if all(event.get(name, False) == value for name, value in fields.items())]

    def _mark(self, name: str, trial: int, step: str) -> int:
        marks = [e["t"] for e in self.of("marked", name=name) if (e.get("trial"), e.get("step")) == (trial, step)]
        return int(marks[0] if name == "step_begin" else marks[-1])

    @cached_property
    def began(self) -> int:
        return self._mark("step_begin", self.trial, self.step)

    @cached_property
    def ends(self) -> int:
        return self._mark("step_end", self.trial, self.step)

    @cached_property
    def trial_began(self) -> int:
        return min(int(e["t"]) for e in self.of("marked", name="step_begin") if e.get("trial") == self.trial)

    @cached_property
    def effect(self) -> int:
        """The first op of a plan that was released, or was still held; else the first op; else the begin."""
        own = [e for e in self.of("op_applied") if self.began <= e["t"] < self.ends and not e.get("error")]
        acts = {"announce", "flush_neighbours"}  # the only acts of the recordings
        held = [int(e["t"]) for e in own if e["op"]["op"] not in acts]
        return min(held or [int(e["t"]) for e in own] or [self.began])

    def at(self, t: int) -> str:
        """As the harness writes an instant."""
        return f"{(t - self.effect) / 1e9:+.3f}".replace("-0.000", "+0.000")

    def instant(self, text: str) -> tuple[int, int]:
        """The least and the most ns that are written so; words stand for the step's begin and end."""
        if text == "before the step":
            return -(2**62), self.began
        if text == "until the step ended":
            return self.ends, 2**62
        middle = self.effect + round(float(text) * 1e9)
        return middle - HALF_NS - 1, middle + HALF_NS + 1

    def exactly(self, text: str) -> list[int]:
        """Of `instant`: the ns that bound a window; the step's own limits for words."""
        if text == "before the step":
            return [self.began]
        return [self.ends] if text == "until the step ended" else list(self.instant(text))

    def among(self, text: str, found: list[dict[str, Any]]) -> bool:
        """Was one of these events at the instant that is written so?"""
        least, most = self.instant(text)
        return any(least <= event["t"] <= most for event in found)

    @cached_property
    def ports(self) -> dict[str, dict[str, Any]]:
        return {
            f"{port['node']}.{port['segment']}": port for n in self.topology["nodes"].values() for port in n["ports"]
        }

    def address(self, port: str) -> str:
        return str(self.ports[port]["ip"]).partition("/")[0]

    def node_of_mac(self, mac: str | None) -> str:
        return next((port["node"] for port in self.ports.values() if port["mac"] == mac), "no node")

    def node_of_ip(self, ip: str) -> str:
        return next((port["node"] for name, port in self.ports.items() if self.address(name) == ip), ip)

    @cached_property
    def segments(self) -> dict[str, str]:
        """VIP → its segment, of either schema: the first one knew pairs with one VIP."""
        routers, pairs = self.topology.get("virtual_routers", {}), self.topology.get("pairs", {})
        old = {pair["vip"]: pair["segment"] for pair in pairs.values()}
        return old | {vip["address"]: vip["segment"] for router in routers.values() for vip in router["vips"]}

    @property
    def vips(self) -> list[str]:
        return [*self.segments]

    def last_advert(self, node: str, segment: str, t: int) -> dict[str, Any] | None:
        """The last advert that reached the node on this segment until `t`."""
        found = [e for e in self.reached(node) if e["t"] <= t and e["port"] == f"{node}.{segment}"]
        return found[-1] if found else None

    def reached(self, node: str, vrid: int | None = None) -> list[dict[str, Any]]:
        """Adverts of other nodes that left a switch towards this one."""
        found = [
            e for e in self.of("advert", inward=False) if e["port"].split(".")[0] == node and e["port"] in self.ports
        ]
        return [e for e in found if e["ip"] != self.address(e["port"]) and vrid in {None, e["vrid"]}]

    def sent(self, node: str) -> list[dict[str, Any]]:
        return [
            e for e in self.of("advert", inward=True) if e["port"] in self.ports and e["port"].split(".")[0] == node
        ]

    def garps(self, node: str) -> list[dict[str, Any]]:
        own = [e for e in self.of("arp", inward=True) if e["port"].split(".")[0] == node and e["port"] in self.ports]
        return [e for e in own if e["sender_ip"] == e["target_ip"] and e["sender_ip"] in self.vips]

    def holds(self, node: str, vip: str, t: int) -> bool:
        last = [e for e in self.of("address", node=node, ip=vip) if e["t"] <= t]
        return bool(last and last[-1]["present"])

    def entry(self, device: str, t: int) -> str:
        """The node whose MAC the device had for the VIP at `t`."""
        told = [e for e in self.of("neighbour", node=device) if e["t"] <= t and e["ip"] in self.vips]
        return self.node_of_mac(told[-1]["mac"]) if told else "no node"

    @cached_property
    def records(self) -> list[Record]:
        files = sorted((self.folder / "requests").glob("*.rec.gz"))
        data = (gzip.decompress(file.read_bytes()) for file in files)
        return [Record(*fields) for each in data for fields in _whole(each)]

    def requests(self, vantage: str, stream: int) -> list[Record]:
        number = [*self.topology["vantages"]].index(vantage) + 1
        return [each for each in self.records if (each.vantage, each.stream) == (number, stream)]

    def setting(self, node: str, keyword: str) -> float:
        """Of the node's keepalived.conf, as it was rendered."""
        (text,) = [file.read_text() for file in self.folder.glob(f"configuration/*/{node}/keepalived.conf")]
        found = re.search(rf"^\s*{keyword}\s+([\d.]+)", text, re.MULTILINE)
        assert found, f"{keyword} of {node}"
        return float(found[1])

    def sends_before_it_steps_back(self, node: str) -> bool:
        (text,) = [file.read_text() for file in self.folder.glob(f"configuration/*/{node}/keepalived.conf")]
        return bool(re.search(r"^\s*(?:vrrp_)?higher_prio_send_advert(?:\s+(?:true|on|yes))?\s*$", text, re.MULTILINE))

    def master_down(self, node: str, master: str) -> float:
        """In seconds, by RFC 5798 section 6.1: the interval is the master's, the priority one's own."""
        interval = self.setting(master, "advert_int")
        return 3 * interval + (256 - self.setting(node, "priority")) * interval / 256


def _whole(data: bytes) -> Iterator[tuple[Any, ...]]:
    size = len(data) // _RECORD.size * _RECORD.size
    return _RECORD.iter_unpack(data[:size])
