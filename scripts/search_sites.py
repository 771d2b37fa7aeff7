"""Searches the sound sites of tests/data/sites, with keepalived's recorded answers: tables of docs/foresee.md.

    python scripts/search_sites.py [SITE …] [--seconds 20] [--keep]    without SITE: each whose verdict is SAFE
    python scripts/search_sites.py [SITE …] --held [--keep]            only what hurts while it lasts

No container is needed. Prints a row for each site, and below it its most frequent mechanisms. What hurts while it lasts
is the same on each machine; how many schedules a search comes to is not.
"""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from harness import lint
from harness.cli.search import FoundHeld, FoundMechanism, SearchReport, lasting, report
from harness.search.find import Budget, find
from harness.search.held import held
from harness.search.subject import Subject, of_site
from harness.site import pair_file
from harness.site.examined import Examined
from scripts.outcomes import Found, Held, SiteHeld, here, keep, options

SITES: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "sites"
MOST: Final = 4  # mechanisms of a site that are shrunk and told
SEED: Final = 1


def main(names: Sequence[str], seconds: float, *, kept: bool) -> int:
    machine = here()
    found = Found(machine, seconds, SEED, tuple(_searched(name, seconds) for name in names))
    if kept:
        keep("search_sites.json", found)
    return 0


def main_held(names: Sequence[str], *, kept: bool) -> int:
    found = Held(tuple(map(held_of, names)))
    if kept:
        keep("held_sites.json", found)
    return 0


def sound() -> Iterator[str]:
    for path in sorted(SITES.iterdir()):
        if tomllib.loads((path / "expect.toml").read_text())["verdict"] == "SAFE":
            yield path.name


def _searched(name: str, seconds: float) -> SearchReport:
    subject = _subject(name)
    router = subject.topology.virtual_router(None).name
    found = report(subject, router, find(subject, router, Budget(seconds, SEED, MOST)))
    print("\n".join(_lines(found)), flush=True)
    return msgspec.structs.replace(found, while_it_lasts=())  # kept apart: the same on each machine


def held_of(name: str) -> SiteHeld:
    subject = _subject(name)
    pair = subject.pair()
    found = SiteHeld(name, pair.owner, tuple(map(lasting, held(pair, subject.left_out))))
    print("\n".join([name, *(_lasts(each) for each in found.faults if _shown(each))]), flush=True)
    return found


def _subject(name: str) -> Subject:
    answers = msgspec.json.decode((SITES / name / "examined.json").read_bytes(), type=dict[str, Examined])
    return of_site(name, lint.pair(pair_file.read(SITES / name), answers))


def _lines(found: SearchReport) -> Iterator[str]:
    kinds = len(found.mechanisms) + found.left
    alone = "" if found.alone else " (not every fault alone)"
    yield f"{found.subject}: {found.schedules:,} schedules{alone}, {kinds} kinds"
    yield from (f"  {_told(each)}" for each in found.mechanisms)
    if found.late:
        yield f"  late: {found.late.schedule}: {found.late.late_s:.1f} s"
    yield from (_lasts(each) for each in found.while_it_lasts if _shown(each))
    yield from (f"  not in the model: {line}" for line in found.left_out)


def _shown(found: FoundHeld) -> bool:
    return bool(found.hurts or found.untold)


def _lasts(found: FoundHeld) -> str:
    """A fault of one node that hurts while it lasts, or of which that is not known."""
    dark = "until it ends" if found.dark_s is None else f"{found.dark_s:.1f} s"
    dark = f"{dark}, {' and '.join(found.rivals)} at the same time" if found.rivals else dark
    ended_by = "; ".join(found.ended_by) or "nothing that was tried"
    return f"  lasts, {found.owner} is the owner: {found.fault}: {found.untold or dark} | {ended_by}"


def _told(found: FoundMechanism) -> str:
    parts = (
        f"{found.harm}: {found.story} ({found.hits} times)",
        f"{found.owner} is the owner: {found.schedule}",
        f"hurts in some phase: {'; '.join(map(_edge, found.edges))}",
        f"also by: {'; '.join(found.also_by) or 'none'}",
        f"{found.share:.0%} of the phases, certain: {found.certain}",
        f"ends: {'; '.join(found.ended_by) or 'nothing that was tried'}",
        f"other times: {'; '.join(found.at_other_times) or 'none'}",
        f"does not end: {'; '.join(found.not_ended_by) or 'none'}",
    )
    return "\n    ".join(parts)


def _edge(of: dict[str, str | float | None]) -> str:
    upper = "" if of["to_s"] is None else f" to {of['to_s']:.3f} s"
    return f"{of['fault']} from {of['from_s']:.3f} s{upper}"


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("sites", nargs="*", metavar="SITE")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--held", action="store_true", help="only what hurts while it lasts")
    asked = parser.parse_args()
    chosen = asked.sites or list(sound())
    sys.exit(main_held(chosen, kept=asked.keep) if asked.held else main(chosen, asked.seconds, kept=asked.keep))
