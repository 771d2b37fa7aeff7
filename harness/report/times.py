"""How long customers of each VIP were without service in one test of a gate, in words. Pure."""

from collections.abc import Iterable, Mapping, Sequence


def without_service(after: Mapping[str, Iterable[float | None]], before: Mapping[str, Sequence[float]]) -> str:
    """``192.0.2.10 0.00 s after the fault's end (2.73 s before it, which does not count here)``; "" if none.

    `after`: VIP → seconds in each trial, of a fault that ends from its end on. `before`: until then; empty if it lasts.
    """
    return "; ".join(f"{vip} {_times(times)}{_end(before.get(vip, ()))}" for vip, times in after.items())


def _end(before: Sequence[float]) -> str:
    if not before:
        return ""
    more = f" ({_times(before)} before it, which does not count here)" if any(before) else ""
    return f" after the fault's end{more}"


def _times(times: Iterable[float | None]) -> str:
    return ", ".join("to the end" if each is None else f"{each:.2f} s" for each in times)
