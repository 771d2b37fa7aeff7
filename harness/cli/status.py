"""`harness status`."""

import time
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.cli._console import DEFAULT, Json, LabName, out, print_json, show, table
from harness.lab.live import LiveLab, Status

Watch = Annotated[bool, typer.Option("--watch", "-w", help="Twice a second, until Ctrl-C.")]
PERIOD_S = 0.5


def status(*, watch: Watch = False, lab: LabName = DEFAULT, json: Json = False) -> None:
    """The owner of each VIP, the node that each cache reaches, the service of each vantage point, the active faults.

    Success is the share of good answers (status 200, whole, within 150 ms) among those known in the last second.

    Examples:

      harness status

      harness status --watch

      harness status --json
    """
    with LiveLab(lab) as live:
        live.wait_known()
        if watch and out.is_terminal and not json:
            _screen(live)
        elif watch:
            _lines(live, json=json)
        else:
            _once(live.status(), json=json)


def _once(now: Status, *, json: bool) -> None:
    if json:
        print_json(now)
    else:
        out.print(picture(now))


def _screen(live: LiveLab) -> None:
    with Live(picture(live.status()), console=out, auto_refresh=False, screen=True) as screen:
        while True:
            time.sleep(PERIOD_S)  # the screen's period, no synchronisation
            screen.update(picture(live.status()), refresh=True)


def _lines(live: LiveLab, *, json: bool) -> None:
    """For a pipe or file: prints one line (with --json: one object) twice a second."""
    while True:
        now = live.status()
        if json:
            print_json(now)
        else:
            show(line(now))
        time.sleep(PERIOD_S)  # the period of the lines, no synchronisation


def line(now: Status) -> str:
    """``external: lb-ext-1 | gw-1→lb-ext-1 … | customer-1 100 % … | faults: none``."""
    owners = " ".join(f"{vip}: {' + '.join(nodes) or 'no node'}" for vip, nodes in now.owners.items())
    caches = " ".join(f"{cache}→{reached or 'no node'}" for cache, reached in now.arp.items())
    success = " ".join(f"{vantage} {percent(share)}" for vantage, share in now.success.items())
    faults = ", ".join(f"{fault.op} ({fault.holder})" for fault in now.active) or "none"
    missing = [f"no cables: {', '.join(now.missing)}"] if now.missing else []
    return " | ".join([owners, caches, success, f"faults: {faults}", *missing])


def picture(now: Status) -> RenderableType:
    """The same as tables."""
    missing = f"; not wired: {', '.join(now.missing)}" if now.missing else ""
    head = Text(f"lab {now.lab}: {len(now.wired)} nodes wired{missing}")
    notes = [Text(f"note: {note}", style="dim") for note in now.notes]
    return Group(head, _owners(now), _vantages(now), _faults(now), *notes)


def percent(share: float | None) -> str:
    """``–`` if nothing is known."""
    return "–" if share is None else f"{100 * share:.0f} %"


def _owners(now: Status) -> Table:
    rows = table("VIP of", "owner", "keepalived says")
    for vip, nodes in now.owners.items():
        said = ", ".join(f"{node} {state}" for node, state in now.vrrp[vip.partition(" ")[0]].items())
        rows.add_row(vip, Text(" + ".join(nodes) or "no node", style="" if len(nodes) == 1 else "bold red"), said)
    return rows


def _vantages(now: Status) -> Table:
    rows = table("vantage point", "success", "cache", "reaches")
    for vantage, share in now.success.items():
        cache = now.cache_of[vantage]
        reached, owners = now.arp[cache], now.owners.get(now.asks.get(vantage, ""), ())
        rows.add_row(
            vantage, _coloured(share), cache, Text(reached or "no node", style="" if reached in owners else "red")
        )
    return rows


def _coloured(share: float | None) -> Text:
    return Text(percent(share), style="dim" if share is None else "green" if share >= 0.99 else "red")


def _faults(now: Status) -> RenderableType:
    if not now.active:
        return Text("no fault is active")
    rows = table("active fault", "held by", "since")
    for fault in now.active:
        rows.add_row(fault.op, fault.holder, f"{fault.since_s:.1f} s")
    return rows
