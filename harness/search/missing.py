"""Which tests of a gate's battery need what the model does not have. Of those nothing is foreseen."""

from collections.abc import Iterable
from typing import Final

NEEDED: Final = {
    "which stops or starts HAProxy": ("",),
    "BFD peers": ("",),
    "taken as succeeding": ("haproxy-",),
    "the quorum of the process": ("haproxy-",),
    "delays of carriers": ("link-down", "customers-link-down", "power-cut", "return"),
}
"""Words of `Subject.left_out` → how the names of the tests begin that need it. What else is left out is only named."""


def missing(test: str, left_out: Iterable[str]) -> str:
    """The line of `Subject.left_out` that the test needs; "" if none."""
    return next((line for line in left_out if test.startswith(_needing(line))), "")


def _needing(line: str) -> tuple[str, ...]:
    return next((tests for words, tests in NEEDED.items() if words in line), ())
