"""The result of `harness judge`: what was read, and what each check says. `--json` prints this."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from harness.model.outcome import Finding, Instant

Verdict = Literal["holds", "violated", "inconclusive"]
"""``violated``: at least one check is. ``holds``: no check is violated, and each of those that frames alone can decide
(`DECIDABLE`) holds or has nothing to judge. ``inconclusive``: anything else."""

DECIDABLE: Final = (
    "adverts_regular", "dual_owner", "no_owner", "no_stale_arp", "single_owner", "survivor_announced",
    "takeover_announced",
)  # fmt: skip

UNTOLD: Final = "Frames do not tell it."
"""How the sentence of a check begins that needs what only the machines themselves tell."""

EXIT: Final[dict[Verdict, int]] = {"holds": 0, "violated": 1, "inconclusive": 3}


class FileRead(msgspec.Struct, frozen=True):
    """One capture. `clock_s`: added to its stamps. `at`: the node at whose interface it was taken; empty: not told.

    `notes`: what was not read, and why.
    """

    name: str
    packets: int
    begin: str
    end: str
    clock_s: float
    at: str
    judged: bool
    notes: tuple[str, ...]


class NodeSeen(msgspec.Struct, frozen=True):
    name: str
    ip: str
    priority: int | None  # None: it sent no advert
    adverts: int
    gratuitous_arps: int


class VipJudged(msgspec.Struct, frozen=True):
    """`story`: what happened, in order. Instants are ns since 1970, on the clock of the file whose `clock_s` is 0."""

    vip: str
    vrid: int
    advert_int_s: float
    begin_ns: int
    nodes: tuple[NodeSeen, ...]
    story: tuple[Instant, ...]
    checks: tuple[Finding, ...]


class Judged(msgspec.Struct, frozen=True):
    verdict: Verdict
    sentence: str
    files: tuple[FileRead, ...]
    vips: tuple[VipJudged, ...]


def verdict(vips: tuple[VipJudged, ...], left: int = 0, unread: Sequence[str] = ()) -> Verdict:
    """`left`: how many VIPs more there are, which are not judged. `unread`: files of which the end was not read."""
    findings = [finding for vip in vips for finding in vip.checks]
    if any(finding.violated for finding in findings):
        return "violated"
    decided = [finding for finding in findings if finding.name in DECIDABLE]
    return (
        "holds"
        if decided and not left and not unread and all(each.holds or each.not_applicable for each in decided)
        else "inconclusive"
    )
