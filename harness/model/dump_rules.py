"""Which line of keepalived's text dump tells which field, per kind of record."""

from collections.abc import Callable, Mapping
from typing import Final

from harness.model.dump_values import duration, interface, number, peer, seconds, switch, tracked, vip, weight
from harness.model.keepalived_records import Line

Fields = dict[str, object]
"""Field of a struct → its value, as one line tells it."""

Take = Callable[[Line], Fields]
"""Raises `ValueError` for a line that does not say what it must."""

Rules = Mapping[str, Take]
"""Key of a line → what to take from it."""


def without_items(take: Take) -> Take:
    """Accepts a line without items below it."""

    def checked(line: Line) -> Fields:
        if line.items:
            raise ValueError(line.text)
        return take(line)

    return checked


def value(field: str, read: Callable[[str], object] = str) -> Take:
    return without_items(lambda line: {field: read(line.value)})


def listed(field: str, read: Callable[[str], object] = str) -> Take:
    """The lines below it. Where keepalived says how many there are, there must be as many."""

    def take(line: Line) -> Fields:
        if line.count not in (None, len(line.items)):
            raise ValueError(line.text)
        return {field: tuple(map(read, line.items))}

    return take


def _interface(line: Line) -> Fields:
    device, cable, vmac = interface(line.value)
    return {"interface": device, "base_interface": cable, "vmac": vmac}


def _weight(line: Line) -> Fields:
    by, reverse = weight(line.value)
    return {"weight": by, "reverse": reverse}


def _counted(line: Line) -> Fields:
    """Release 2.2 counts faults and does not name them."""
    return {"faults": (f"{line.value} {line.key.removeprefix('Number of ')}",) if number(line.value) else ()}


def _flags(line: Line) -> Fields:
    """``none`` stands on the line itself."""
    return {"unicast": "Using unicast" in line.items}


def _authentication(line: Line) -> Fields:
    kinds = {"SIMPLE_PASSWORD": "PASS", "IPSEC_AH": "AH", "none": ""}
    if line.value not in kinds:
        raise ValueError(line.text)
    return {"authentication": kinds[line.value]}


TRACKED: Final[Rules] = {
    "Tracked interfaces": listed("interfaces", tracked),
    "Tracked scripts": listed("scripts", tracked),
    "Tracked files": listed("files", tracked),
    "Tracked processes": listed("processes", tracked),
    "Tracked BFDs": listed("bfds", tracked),
}

INSTANCE: Final[Rules] = {
    "VRRP Version": value("version", number),
    "State": value("state"),
    "Sync group": value("sync_group"),
    "Flags": _flags,
    "Number of config faults": without_items(_counted),
    "Number of tracker faults": without_items(_counted),
    "Number of interface and track script faults": without_items(_counted),
    "Flags of interface faults": listed("faults"),
    "Master down timer": value("master_down_ns", duration),
    "Interface": without_items(_interface),
    "Enforcing strict VRRP compliance": without_items(lambda _: {"strict": True}),
    "Using src_ip": without_items(lambda line: {"source": line.value.split(" ")[0].removeprefix("(none)")}),
    "Gratuitous ARP delay": value("garp_master_delay_ns", seconds),
    "Gratuitous ARP repeat": value("garp_master_repeat", number),
    "Gratuitous ARP refresh": value("garp_master_refresh_ns", seconds),
    "Gratuitous ARP refresh repeat": value("garp_master_refresh_repeat", number),
    "Gratuitous ARP lower priority delay": value("garp_lower_prio_delay_ns", seconds),
    "Gratuitous ARP lower priority repeat": value("garp_lower_prio_repeat", number),
    "Down timer adverts": value("down_timer_adverts", number),
    "Send advert after receive higher priority advert": value("higher_prio_send_advert", switch),
    "Virtual Router ID": value("vrid", number),
    "Priority": value("priority", number),
    "Effective priority": value("effective_priority", number),
    "Advert interval": value("advert_int_ns", duration),
    "Accept": value("accept", switch),
    "Preempt": value("preempt", switch),
    "Preempt delay": value("preempt_delay_ns", duration),
    "Authentication type": without_items(_authentication),
    "Virtual IP": listed("vips", vip),
    "Virtual IP Excluded": listed("excluded", vip),
    "Unicast Peer": listed("unicast_peers", peer),
    **TRACKED,
}

SCRIPT: Final[Rules] = {
    "Command": without_items(lambda line: {"command": line.value.removeprefix("'").removesuffix("'")}),
    "Interval": value("interval_ns", duration),
    "Timeout": value("timeout_ns", duration),
    "Weight": without_items(_weight),
    "Rise": value("rise", number),
    "Fall": value("fall", number),
    "Status": value("status"),
}

FILE: Final[Rules] = {"File": value("path"), "Status": value("value", number), "Weight": without_items(_weight)}

PROCESS: Final[Rules] = {
    "Process": value("process"),
    "Min processes": value("minimum", number),
    "Current processes": value("running", number),
    "Terminate delay": value("terminate_delay_ns", duration),
    "Weight": without_items(_weight),
}

BFD: Final[Rules] = {
    "Weight": without_items(_weight),
    "Bfd is up": without_items(lambda _: {"up": True}),
    "Bfd is down": without_items(lambda _: {"up": False}),
}

GROUP: Final[Rules] = {"VRRP member instances": listed("members"), **TRACKED}

UNUSED: Final = (
    # of an instance: counters, descriptors, instants, what others tell
    "Using Native IPv6", "Master router", "Master priority", "Master advert interval", "Wantstate",
    "Flags of interface", "Number of track scripts init", "Last transition", "Read timeout", "Use VMAC",
    "Multicast address", "Send advert after receive lower", "Address owner ignores", "Total priority",
    "Highest other priority", "Last advert sent", "Promote_secondaries", "VRRPv3 uses VRRPv2 checksum", "Unicast TTL",
    "Check unicast src", "Unicast checksum compatibility", "fd_in ", "Using smtp notification", "Notify ",
    # of what is tracked, and of groups
    "Result", "Insecure", "Init state", "Script uid:gid", "VRRP instances", "Tracking ", "State = ", "Have quorum",
    "Fork delay", "Terminate delay timer", "Full command", "Num member fault",
)  # fmt: skip
"""Beginnings of lines that are known and not needed here."""
