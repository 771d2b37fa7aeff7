"""What a row of the timeline shows, as the page's script reads it. An `int` that a comment calls an array names one."""

import msgspec

Colour = str
"""Of a bar, by the style sheet: a, b, c, d (nodes), good, bad, off, none."""


class Lane(msgspec.Struct, frozen=True, tag_field="kind", kw_only=True):
    """`quiet`: nothing happened in it; it is folded away at first."""

    label: str
    group: str
    quiet: bool = False


class Bars(Lane, frozen=True, tag="bars"):
    """A state over time. Arrays: `begin`, `length` (µs) and `state`, a number in `states` of (text, colour).

    `wrong`: spans (µs) to underline. `node`: whose colour the bar has, for the legend.
    """

    states: tuple[tuple[str, Colour], ...]
    begin: int
    length: int
    state: int
    wrong: tuple[tuple[int, int], ...] = ()
    node: str = ""


class Ticks(Lane, frozen=True, tag="ticks"):
    """Instants. Arrays: `small` and `tall` (µs); `names`: what each of them is."""

    small: int
    tall: int
    names: tuple[str, str]


class FaultItem(msgspec.Struct, frozen=True):
    """One op, µs. `asked`, `got`: begin and end; an end of None: an act, or not asked. `wire`: brackets by frames."""

    held: bool
    released: bool
    asked: tuple[int, int | None]
    got: tuple[int, int | None]
    wire: tuple[int | None, ...] = ()


class Faults(Lane, frozen=True, tag="fault"):
    items: tuple[FaultItem, ...]


class Requests(Lane, frozen=True, tag="requests"):
    """A vantage point's requests. Arrays: `due` (µs), `took` (latency codes), `classes`, `by` (in `balancers`).

    `main`: drawn high, and on the map. `latency`: the latency is drawn below.
    """

    stream: str
    n: int
    due: int
    took: int
    classes: int
    by: int
    balancers: tuple[str, ...]
    main: bool
    latency: bool


class Line(Lane, frozen=True, tag="line"):
    """A number over time. Arrays: `t` (µs), `value`, `limit` (0: none)."""

    unit: str
    t: int
    value: int
    limit: int


class Notes(Lane, frozen=True, tag="notes"):
    """Lines of a log. Array: `t` (µs)."""

    t: int
    texts: tuple[str, ...]
