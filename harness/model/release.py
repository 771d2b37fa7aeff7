"""Debian releases that a balancer's programs may come from. The dumps and messages of all of them are known.

bookworm has keepalived 2.2.7 and HAProxy 2.6, trixie 2.3.3 and 3.0.
"""

from collections.abc import Iterable
from typing import Final

from harness.model.errors import BadValue, UnknownName

USUAL_RELEASE: Final = "trixie"
RELEASES: Final = (USUAL_RELEASE, "bookworm")


def checked(name: str) -> str:
    """The same name. Raises `UnknownName` for a release that no image can be made of."""
    if name not in RELEASES:
        raise UnknownName("release", name, RELEASES)
    return name


def of_option(option: str, nodes: Iterable[str]) -> dict[str, str]:
    """Node → release, of an option: ``bookworm`` for every node, or ``lb1=bookworm,lb2=trixie`` for some.

    Raises `UnknownName` for a node or a release, `BadValue` for another form or a node that is named twice.
    """
    known = list(nodes)
    if "=" not in option:
        return dict.fromkeys(known, checked(option.strip())) if option.strip() else {}
    found: dict[str, str] = {}
    for part in option.split(","):
        node, equals, name = (each.strip() for each in part.partition("="))
        if not equals or node in found:
            raise BadValue("--release", option, f"RELEASE, or NODE=RELEASE,… with each node once; {_valid()}")
        if node not in known:
            raise UnknownName("node", node, known)
        found[node] = checked(name)
    return found


def _valid() -> str:
    return f"releases: {', '.join(RELEASES)}"
