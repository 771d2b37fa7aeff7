"""Searches the sound sites of tests/data/sites, with keepalived's recorded answers: the table of docs/foresee.md.

    python scripts/search_sites.py [SECONDS [SITE …]]        20 s for each; without SITE: each whose verdict is SAFE

No container is needed. Prints a row for each site, and below it its most frequent mechanism.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness import lint
from harness.model.units import s
from harness.search.find import Budget, Searched, find
from harness.search.held import Held
from harness.search.mechanism import Mechanism
from harness.search.subject import Subject, of_site
from harness.site import pair_file
from harness.site.examined import Examined

SITES: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "sites"
MOST: Final = 4  # mechanisms of a site that are shrunk and told


def main(seconds: float, names: list[str]) -> int:
    for name in names or list(_sound()):
        subject = _subject(name)
        router = subject.topology.virtual_router(None).name
        print(_row(name, find(subject, router, Budget(seconds, 1, MOST))), flush=True)
        for line in subject.left_out:
            print(f"  not in the model: {line}")
    return 0


def _sound() -> Iterator[str]:
    for path in sorted(SITES.iterdir()):
        if tomllib.loads((path / "expect.toml").read_text())["verdict"] == "SAFE":
            yield path.name


def _subject(name: str) -> Subject:
    answers = msgspec.json.decode((SITES / name / "examined.json").read_bytes(), type=dict[str, Examined])
    return of_site(name, lint.pair(pair_file.read(SITES / name), answers))


def _row(name: str, found: Searched) -> str:
    kinds = len(found.mechanisms) + found.left
    head = f"| `{name}` | {found.schedules:,}{'' if found.alone else ' (not every fault alone)'} | {kinds} |"
    late = [f"  late: {found.late.schedule}: {found.late.ns / s:.1f} s"] if found.late else []
    lasting = [each for each in found.held if each.hurts or each.untold]
    return "\n".join([head, *(f"  {_told(each)}" for each in found.mechanisms), *late, *map(_lasting, lasting)])


def _lasting(found: Held) -> str:
    """A fault of one node that hurts while it lasts, or of which that is not known."""
    dark = "until it ends" if found.dark_ns is None else f"{found.dark_ns / s:.1f} s"
    dark = f"{dark}, {' and '.join(found.rivals)} at the same time" if found.rivals else dark
    return f"  lasts: {found.word}: {found.untold or dark} | {'; '.join(found.ended_by) or 'nothing that was tried'}"


def _told(found: Mechanism) -> str:
    parts = (
        f"{found.kind.harm}: {found.kind.story} ({found.hits} times)",
        str(found.smallest),
        f"{found.share.hurts:.0%} of the phases, certain: {found.certain}",
        f"ends: {'; '.join(found.ended_by) or 'nothing that was tried'}",
        f"other times: {'; '.join(found.at_other_times) or 'none'}",
    )
    return "\n    ".join(parts)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 20, sys.argv[2:]))
