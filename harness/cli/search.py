"""`harness search`."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from harness.campaign.confirm import Confirmation
from harness.cli._confirm import confirmed, refuse_router, show_confirmation
from harness.cli._console import DEFAULT, Json, LabName, print_json, say, show, timed
from harness.cli._held import show_held
from harness.cli._places import refuse_folder
from harness.cli._subject import ConfigurationName, Folder, Router, say_left_out, subject
from harness.cli.campaign import INTERRUPTED
from harness.model.errors import UsageError
from harness.model.units import s
from harness.search.find import Budget, Searched, find
from harness.search.held import Held
from harness.search.mechanism import Mechanism
from harness.search.subject import Subject
from harness.search.written import written

_RACE: Final = {
    True: "",
    False: ", in some orders of what is less than 1 ms apart: a race",
    None: "; more orders of what is less than 1 ms apart than were tried",
}

ALSO: Final = 5  # other faults of a mechanism that a person reads; --json has all

_CONFIRM = "With --configuration: so many trials on the lab of each schedule, both sides of its edges, what ends it."
_SEED = "Seed of the random schedules. How many of them are tried depends on --seconds and on the machine."
Write = Annotated[Path | None, typer.Option("--write", metavar="DIR", help="With --configuration: a test for each.")]


class FoundMechanism(msgspec.Struct, frozen=True):
    """`share`: of the phases in which it hurts. `edges`: of each fault's duration, s, in whichever phase;
    `to_s` null: no upper one was found. `also_by`: other faults that do the same. `owner`: at rest, before.
    """

    harm: str
    story: str
    schedule: str
    share: float
    certain: bool | None
    edges: tuple[dict[str, str | float | None], ...]
    ended_by: tuple[str, ...]
    at_other_times: tuple[str, ...]
    not_ended_by: tuple[str, ...]
    hits: int
    also_by: tuple[str, ...] = ()
    owner: str = ""


class FoundHeld(msgspec.Struct, frozen=True):
    """A fault of one node that lasts. `dark_s` null: customers wait until it ends. `untold`: why it is not known.

    `rivals`: other nodes that have one VIP at the same time meanwhile. `owner`: at rest, before.
    """

    fault: str
    dark_s: float | None
    hurts: bool
    ended_by: tuple[str, ...]
    untold: str
    rivals: tuple[str, ...] = ()
    owner: str = ""


class FoundLate(msgspec.Struct, frozen=True):
    """What heals, but late: `late_s` after the last fault. `owner`: at rest, before."""

    schedule: str
    late_s: float
    owner: str = ""


class SearchReport(msgspec.Struct, frozen=True):
    subject: str
    router: str
    schedules: int
    alone: bool
    mechanisms: tuple[FoundMechanism, ...]
    left: int
    left_out: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    while_it_lasts: tuple[FoundHeld, ...] = ()
    late: FoundLate | None = None


def search(
    folder: Folder = None,
    *,
    configuration: ConfigurationName = "default",
    router: Router = "",
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=86_400, help="For how long it searches.")] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help=_SEED)] = 1,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help="Report at most this many different causes.")] = 8,
    write: Write = None,
    confirm: Annotated[int, typer.Option("--confirm", min=0, max=1_000, metavar="N", help=_CONFIRM)] = 0,
    lab: LabName = DEFAULT,
    json: Json = False,
) -> None:
    """Which small faults, and in which order, split a pair for good? Searched on a model: no lab, no outage.

    Every fault alone, every two on a grid, then more, drawn at random: a virtual router's nodes with their
    keepalived and HAProxy, its trunks, its caches. What hurts is shrunk to the smallest schedule, and tried with
    one line of keepalived.conf changed at a time. Of each fault of one node that lasts it is told whether another
    node serves its customers meanwhile, and after how long. docs/foresee.md says what the model knows, what it
    makes of a site's checks, and how it is held to the lab. The files of a DIR are read by keepalived itself first,
    as by `harness lint`. Exit status: 0 whatever is found, 2 wrong request, 3 nothing could be asked. With
    --confirm: 1 if a trial came out otherwise than foreseen, 3 if one could not be tried or measured, 130
    interrupted.

    Examples:

      harness search --configuration advert-100ms

      harness search site/ --seconds 60 --json

      harness search --configuration advert-100ms --most 2 --confirm 5

      harness search --configuration advert-100ms --write found/ && harness run found/test_found_1.py
    """
    if folder and (write or confirm):
        raise UsageError("--write and --confirm are for the lab, which has no site's files: use --configuration.")
    refuse_folder("--write", write)
    chosen = subject(folder, configuration)
    name = _router(chosen, router, confirm)
    found = _found(chosen, name, Budget(seconds, seed, most))
    if write:
        _write(write, chosen, name, found)
    raise typer.Exit(_tell(found, chosen, name, confirm, lab, json=json))


def _router(chosen: Subject, asked: str, confirm: int) -> str:
    """Raises `UnknownName`, and `UsageError` for one whose schedules the lab cannot confirm."""
    name = chosen.topology.virtual_router(asked or None).name
    if confirm:
        refuse_router(chosen, name)
    return name


def _found(chosen: Subject, router: str, budget: Budget) -> Searched:
    say_left_out(chosen)
    expected = f"{budget.seconds:g} s, and as long again to shrink what is found"
    with timed(f"search of {chosen.name}, {router}", expected):
        return find(chosen, router, budget)


def _tell(found: Searched, chosen: Subject, router: str, confirm: int, lab: str, *, json: bool) -> int:
    """What was found, before what the lab says of it, which takes long; the exit status."""
    if not json:
        _show(found, chosen, router)
    shown, interrupted = confirmed(found, chosen, router, confirm, lab) if confirm else (None, False)
    if json:
        print_json(msgspec.structs.replace(report(chosen, router, found), confirmation=shown))
    return _end(shown, interrupted=interrupted, told=json) if shown else 0


def _end(shown: Confirmation, *, interrupted: bool, told: bool) -> int:
    """The exit status, after the table. `told`: it was printed as JSON."""
    if not told:
        show_confirmation(shown)
    return INTERRUPTED if interrupted else shown.exit_code


def _show(found: Searched, chosen: Subject, router: str | None = None) -> None:
    preferred = chosen.pair(router).owner
    every = "every fault alone, and more" if found.alone else "not every fault alone: give it more --seconds"
    number = len(found.mechanisms)
    hurt = "1 mechanism that hurts" if number == 1 else f"{number} mechanisms that hurt"
    show(f"{found.schedules:,} schedules ({every}): {hurt} for good.")
    for number, each in enumerate(found.mechanisms, 1):
        show("")
        _show_one(number, each, preferred)
    if found.left:
        show(f"\n{found.left} more were found, and not told: --most {len(found.mechanisms) + found.left}")
    if found.late:
        show(f"\nHeals late, when an announcement is repeated: {found.late.schedule}")
        _show_owner("  ", found.late.owner, preferred)
        show(f"  some customers are without service for {found.late.ns / s:.1f} s after it ends")
    show_held(found.held)
    if missing := (*chosen.left_out, *found.lacks):
        show("\nNot in the model, so not searched:")
        for line in missing:
            show(f"  {line}")


def _show_one(number: int, found: Mechanism, preferred: str) -> None:
    show(f"{number}. {found.kind.harm}: {found.kind.story}")
    _show_owner("   ", found.owner, preferred)
    show(f"   {found.smallest}")
    show(f"   hurts in {found.share.hurts:.0%} of the phases{_RACE[found.certain]}")
    for edge in found.edges:
        show(f"   hurts in some phase with {edge}")
    if found.also_by:
        more = f"; and {len(found.also_by) - ALSO} more" if len(found.also_by) > ALSO else ""
        show(f"   also by: {'; '.join(each.faults for each in found.also_by[:ALSO])}{more}")
    show(f"   ends with: {'; '.join(found.ended_by) or 'none of the lines that were tried'}")
    if found.at_other_times:
        show(f"   hurts at other times with: {'; '.join(found.at_other_times)}")
    if found.not_ended_by:
        show(f"   does not end with: {'; '.join(found.not_ended_by)}")


def _show_owner(indent: str, owner: str, preferred: str) -> None:
    """If it is not the preferred node."""
    if owner != preferred:
        show(f"{indent}after a failover: {owner} is the owner, and {preferred} its standby")


def _write(folder: Path, chosen: Subject, router: str, found: Searched) -> None:
    words = chosen.pair(router).words
    folder.mkdir(parents=True, exist_ok=True)
    preferred = chosen.pair(router).owner
    for number, each in enumerate(found.mechanisms, 1):
        if each.owner != preferred:
            say(f"{number} is not written: it begins with {each.owner} as the owner, and the lab with {preferred}")
            continue
        file = folder / f"test_found_{number}.py"
        file.write_text(written(each, f"found_{number}", words, chosen.name, router))
        say(f"wrote {file}")


def report(chosen: Subject, router: str, found: Searched) -> SearchReport:
    told = tuple(map(_mechanism, found.mechanisms))
    missing = chosen.left_out, found.lacks
    held = tuple(map(lasting, found.held))
    late = FoundLate(str(found.late.schedule), found.late.ns / s, found.late.owner) if found.late else None
    return SearchReport(
        chosen.name, router, found.schedules, found.alone, told, found.left, *missing, while_it_lasts=held, late=late
    )


def lasting(found: Held) -> FoundHeld:
    dark_s = None if found.dark_ns is None else found.dark_ns / s
    return FoundHeld(found.word, dark_s, found.hurts, found.ended_by, found.untold, found.rivals, found.owner)


def _mechanism(found: Mechanism) -> FoundMechanism:
    edges: tuple[dict[str, str | float | None], ...] = tuple(
        {"fault": edge.word, "from_s": edge.low / s, "to_s": None if edge.high is None else edge.high / s}
        for edge in found.edges
    )
    return FoundMechanism(
        found.kind.harm,
        found.kind.story,
        str(found.smallest),
        found.share.hurts,
        found.certain,
        edges,
        found.ended_by,
        found.at_other_times,
        found.not_ended_by,
        found.hits,
        tuple(each.faults for each in found.also_by),
        found.owner,
    )
