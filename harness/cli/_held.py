"""What `harness search` says of faults of one node that last."""

from collections.abc import Sequence

from harness.cli._console import show
from harness.model.units import s
from harness.search.held import Held


def show_held(found: Sequence[Held]) -> None:
    """That of the preferred node as the owner comes first."""
    for number, owner in enumerate(dict.fromkeys(each.owner for each in found)):
        again = f"The same after a failover, with {owner} as the owner:"
        show(f"\n{again if number else 'One fault of one node, for as long as it lasts:'}")
        _show_of([each for each in found if each.owner == owner])


def _show_of(found: Sequence[Held]) -> None:
    hurting = [each for each in found if each.hurts]
    for each in hurting:
        show(f"  {each.word}: {_dark(each)}")
        show(f"    ends with: {'; '.join(each.ended_by) or 'none of the lines that were tried'}")
    _show_survived([each for each in found if not each.hurts and not each.untold], others=bool(hurting))
    for each in found:
        if each.untold:
            show(f"  {each.word}: not known ({each.untold})")


def _dark(found: Held) -> str:
    """Of a fault that hurts."""
    if found.rivals:
        return f"{' and '.join(found.rivals)} have one VIP at the same time until it ends: they do not hear each other"
    if found.dark_ns is None:
        return "some customers are without service until it ends"
    return f"some customers are without service for {found.dark_ns / s:.1f} s, longer than checks and takeover need"


def _show_survived(found: Sequence[Held], *, others: bool) -> None:
    if not found:
        return
    longest = max(found, key=lambda each: each.dark_ns or 0)
    which = f"the other {len(found)}" if others else f"each of {len(found)}"
    show(
        f"  {which}: customers are served meanwhile, after {(longest.dark_ns or 0) / s:.1f} s at most ({longest.word})"
    )
