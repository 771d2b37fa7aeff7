"""Whose keepalived and HAProxy read the files, and whether the site has the same."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from harness.lint._pair import Pair

_PROGRAMS: Final = ("keepalived", "haproxy")
_NUMBER: Final = r"(\d+(?:\.\d+)+)"
_SAID: Final = {
    "keepalived": re.compile(rf"Keepalived v{_NUMBER}"),
    "haproxy": re.compile(rf"(?i:haproxy) version (?:is )?{_NUMBER}"),
}
_OF_SITE: Final = re.compile(rf"(keepalived|haproxy)\s+v?{_NUMBER}", re.IGNORECASE)


class Judged(msgspec.Struct, frozen=True):
    """A program that read the files of these nodes. `site`: the site's own version, "" if pair.toml does not say it.

    `same`: do they agree, as far as the site's version is told? None: not known.
    """

    program: str
    version: str
    nodes: tuple[str, ...]
    site: str = ""
    same: bool | None = None


def versions(pair: Pair) -> tuple[Judged, ...]:
    """Of each program one for each version that judged; several if nodes have different ones."""
    theirs = {name.lower(): number for name, number in _OF_SITE.findall(pair.site.version)}
    return tuple(each for program in _PROGRAMS for each in _of(pair, program, theirs.get(program, "")))


def _of(pair: Pair, program: str, site: str) -> Iterator[Judged]:
    nodes: dict[str, list[str]] = {}
    for node in pair.nodes:
        asked = node.examined
        told = asked.versions.get(program) or f"{asked.keepalived_start.output}{asked.haproxy_start.output}"
        if found := _SAID[program].search(told):
            nodes.setdefault(found[1], []).append(node.name)
    for version, names in nodes.items():
        same = version == site or version.startswith(f"{site}.") if site else None
        yield Judged(program, version, tuple(names), site, same)


def judged_with(judged: tuple[Judged, ...]) -> str:
    """For people: one line."""
    every = {name for each in judged for name in each.nodes}
    named = ", ".join(f"{each.program} {each.version}{_where(each, every)}" for each in judged)
    other = [f"{each.program} {each.site}" for each in judged if each.same is False]
    if other:
        return f"Judged with {named}. The site has {', '.join(dict.fromkeys(other))}, which may do otherwise."
    if any(each.same is None for each in judged):
        return f'Judged with {named}; whether the site has the same is not known: pair.toml says it by version = "…".'
    return f"Judged with {named}, as the site has them."


def _where(each: Judged, every: set[str]) -> str:
    return "" if set(each.nodes) == every else f" ({', '.join(each.nodes)})"
