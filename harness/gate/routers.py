"""A pair's virtual routers with names of their own: two routers may be called alike, each on other nodes."""

import re
from typing import Final, NamedTuple

from harness import lint
from harness.lint import Bounds, Pair, Router

_PLAIN: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


class NamedRouter(NamedTuple):
    """`lab`: its name in the lab, no other has it. `bounds` None: one node alone has it."""

    lab: str
    router: Router
    bounds: Bounds | None

    @property
    def holder(self) -> str:
        """The node that has its addresses at rest; "" where one node alone has it."""
        return self.bounds.holder if self.bounds else ""


def named_routers(pair: Pair) -> tuple[NamedRouter, ...]:
    """In the order of the pair's. The site's own name where a lab can have it, and no other router has it."""
    plain = [router.name.lower() for router in pair.routers]
    fits = [bool(_PLAIN.fullmatch(name)) and not name.startswith("router-") for name in plain]
    names = [
        name if fit and plain.count(name) == 1 else f"router-{number}"
        for number, (name, fit) in enumerate(zip(plain, fits, strict=True), 1)
    ]
    return tuple(NamedRouter(name, each, lint.bounds(each)) for name, each in zip(names, pair.routers, strict=True))
