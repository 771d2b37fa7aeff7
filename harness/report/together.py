"""What was left out for one reason, in one line."""

from collections.abc import Iterable


def together(left: Iterable[str]) -> list[str]:
    """``power-cut: not asked for`` and ``freeze: not asked for`` → ``power-cut, freeze: not asked for``."""
    names: dict[str, list[str]] = {}
    for each in left:
        name, _, why = each.partition(": ")
        names.setdefault(why, []).append(name)
    return [f"{', '.join(tests)}: {why}" for why, tests in names.items()]
