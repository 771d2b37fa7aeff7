"""`harness judge`."""

from datetime import tzinfo
from pathlib import Path
from typing import Annotated

import typer

from harness.capture import EXIT, Judged, Logs, read_answers, read_log, zone_of
from harness.capture import judge as judged_of
from harness.capture.judged import UNTOLD, FileRead, VipJudged
from harness.capture.log import State
from harness.cli._console import Json, one_line, print_json, say, show
from harness.model.errors import BadValue
from harness.model.outcome import Finding
from harness.model.units import s

_MOST_TOLD = 40  # events of a VIP's story
_ORDER = ("violated", "holds", "not applicable", "inconclusive")

Captures = Annotated[list[Path], typer.Argument(metavar="CAPTURE…", help="pcap or pcapng files, one of each point.")]
At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="NODE=FILE", help="This file was captured at the node's own interface."),
]
Node = Annotated[
    list[str] | None,
    typer.Option("--node", metavar="NAME=IP", help="A balancer's name, and the address that its adverts come from."),
]
KeepalivedLog = Annotated[
    list[str] | None, typer.Option("--keepalived-log", metavar="NODE=FILE", help="keepalived's log of that node.")
]
HaproxyLog = Annotated[
    list[Path] | None, typer.Option("--haproxy-log", metavar="FILE", help="HAProxy's log, with `option httplog`.")
]
LogZone = Annotated[
    str,
    typer.Option(
        "--log-zone", metavar="ZONE", help="Of times in keepalived's logs that name none: Europe/Berlin, or +01:00."
    ),
]


def judge(
    captures: Captures,
    *,
    vip: str = typer.Option("", "--vip", metavar="IP", help="Judge this VIP alone. Default: all that adverts name."),
    at: At = None,
    node: Node = None,
    keepalived_log: KeepalivedLog = None,
    haproxy_log: HaproxyLog = None,
    log_zone: LogZone = "",
    json: Json = False,
) -> None:
    """Judge a real failover from packet captures: no lab, no Docker, no agent on the machines.

    Owners are told by adverts and gratuitous ARP, caches by the MAC addresses that clients' frames are sent to,
    customers by TCP handshakes, timers by the adverts. Captures of several points are brought to one clock by the
    adverts that they have in common. Payload is not read. A check that cannot decide says what was not captured.

    Exit status: 0 nothing is violated and frames decide it, 1 violated, 2 wrong request, 3 inconclusive.

    Capture at each balancer and at a gateway, with Ethernet headers, from before the failover to a minute after it:

      tcpdump -i eth0 -s 128 -w lb1.pcap 'vrrp or arp or host 10.77.0.100'

    Examples:

      harness judge lb1.pcap lb2.pcap gw.pcap --at 10.77.0.1=lb1.pcap --at 10.77.0.2=lb2.pcap

      harness judge lb1.pcap lb2.pcap --node lb1=10.77.0.1 --node lb2=10.77.0.2 --at lb1=lb1.pcap --at lb2=lb2.pcap

      harness judge span.pcapng --vip 10.77.0.100 --json | jq '.vips[].checks[] | select(.verdict == "violated")'

      harness judge lb1.pcap --keepalived-log 10.77.0.1=keepalived.log
    """
    zone = zone_of(log_zone) if log_zone else None
    logs = Logs(_states(_pairs("--keepalived-log", keepalived_log), zone), read_answers(haproxy_log or ()))
    result = judged_of(captures, vip, _places(_pairs("--at", at)), _names(_pairs("--node", node)), logs)
    print_json(result) if json else _show(result)
    raise typer.Exit(EXIT[result.verdict])


def _pairs(option: str, values: list[str] | None) -> list[tuple[str, str]]:
    """Raises `BadValue` for one without a name or a value."""
    found = []
    for value in values or ():
        name, _, rest = value.partition("=")
        if not name or not rest:
            raise BadValue(option, value, "NAME=VALUE, such as lb1=lb1.pcap")
        found.append((name, rest))
    return found


def _states(logs: list[tuple[str, str]], zone: tzinfo | None) -> dict[str, tuple[State, ...]]:
    """Several files of one node are one log."""
    found: dict[str, tuple[State, ...]] = {}
    for name, file in logs:
        found[name] = (*found.get(name, ()), *read_log(Path(file), zone))
    return found


def _places(given: list[tuple[str, str]]) -> dict[str, str]:
    """File name → node. Raises `BadValue` for the second node of one file."""
    found: dict[str, str] = {}
    for name, file in given:
        if found.setdefault(Path(file).name, name) != name:
            raise BadValue("--at", f"{name}={file}", f"one node of each file: it is {found[Path(file).name]}'s already")
    return found


def _names(given: list[tuple[str, str]]) -> dict[str, str]:
    """Node → address. Raises `BadValue` for the second address of a node, and for the second name of an address."""
    found: dict[str, str] = {}
    for name, ip in given:
        if found.setdefault(name, ip) != ip:
            raise BadValue("--node", f"{name}={ip}", f"one address of each node: it has {found[name]} already")
        if other := next((each for each in found if found[each] == ip and each != name), ""):
            raise BadValue("--node", f"{name}={ip}", f"one name of each address: it is {other}'s already")
    return found


def _show(result: Judged) -> None:
    show(f"{result.verdict}: {one_line(result.sentence)}")
    for file in result.files:
        _show_file(file)
    for vip in result.vips:
        _show_vip(vip)


def _show_file(file: FileRead) -> None:
    clock = f", clock {file.clock_s:+.3f} s" if file.clock_s else ""
    place = f", at {one_line(file.at)}" if file.at else ""
    say(f"{one_line(file.name)}: {file.packets:,} packets, {file.begin} to {file.end}{clock}{place}")
    for note in file.notes:
        say(f"  {one_line(note)}")


def _show_vip(vip: VipJudged) -> None:
    show(f"\n{vip.vip}  VRID {vip.vrid}, one advert per {vip.advert_int_s:g} s")
    for instant in vip.story[:_MOST_TOLD]:
        show(f"  {(instant.t_ns - vip.begin_ns) / s:+10.3f} s  {one_line(instant.what)}")
    if len(vip.story) > _MOST_TOLD:
        show(f"  … and {len(vip.story) - _MOST_TOLD} more: --json")
    show("")
    asked = [each for each in vip.checks if not each.sentence.startswith(UNTOLD)]
    for finding in sorted(asked, key=lambda each: _ORDER.index(each.verdict)):
        _show_finding(finding)
    beside = ", ".join(each.name for each in vip.checks if each.sentence.startswith(UNTOLD))
    show(f"  {'inconclusive':14}  frames do not tell: {beside} (--json says what each needs)")


def _show_finding(finding: Finding) -> None:
    bound = f" (bound: {finding.bound})" if finding.bound and finding.verdict in ("violated", "holds") else ""
    show(f"  {finding.verdict:14}  {finding.name}: {one_line(finding.sentence)}{bound}")
