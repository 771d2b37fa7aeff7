"""What the script of `harness collect` tells of one node (collect.sh): cards with their addresses, modes, versions."""

import re
from typing import Final

import msgspec

from harness.site.cards import NAME
from harness.site.listing import Listing

FOLDER: Final = "collected"
"""Below a node's folder, beside its files."""
_ADDRESS: Final = re.compile(r"^\d+: (\S+?)(?:@\S+)?\s+inet6? (\S+/\d+) .*scope global", re.MULTILINE)
_MODE: Final = re.compile(r"^([0-7]{3}) \S+ \S+ (/.+)$", re.MULTILINE)
_PROGRAMS: Final = {
    "keepalived": re.compile(r"^Keepalived v(\d+(?:\.\d+)+)", re.MULTILINE),
    "HAProxy": re.compile(r"^HA-?Proxy version (\d+(?:\.\d+)+)", re.MULTILINE),
}


class Collected(msgspec.Struct, frozen=True):
    """`cards`: device → all of its addresses. `modes`: path in the node → octal, as in pair.toml."""

    cards: dict[str, tuple[str, ...]] = {}
    modes: dict[str, str] = {}
    versions: tuple[str, ...] = ()

    @property
    def programs(self) -> str:
        """As `version` of pair.toml has them: ``keepalived 2.2.8, HAProxy 2.6.12``; "" if neither is told."""
        told = "\n".join(self.versions)
        found = ((name, pattern.search(told)) for name, pattern in _PROGRAMS.items())
        return ", ".join(f"{name} {match[1]}" for name, match in found if match)


def collected(found: Listing, node: str) -> Collected | None:
    """None if nothing was collected of that node."""
    texts = {file.source: file.text for file in found.files if file.source.startswith(f"{node}/{FOLDER}/")}
    if not texts:
        return None
    cards: dict[str, tuple[str, ...]] = {}
    for card, address in _ADDRESS.findall(texts.get(f"{node}/{FOLDER}/addresses", "")):
        if re.search(NAME, card):
            cards[card] = (*cards.get(card, ()), address)
    modes = {path: mode for mode, path in _MODE.findall(texts.get(f"{node}/{FOLDER}/modes", ""))}
    return Collected(cards, modes, tuple(texts.get(f"{node}/{FOLDER}/versions", "").splitlines()))
