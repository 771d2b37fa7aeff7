"""What a lab is like, thing by thing: all that a fault can change, as it was at `up` and as it is now. Pure.

A thing is *ours* if only this harness makes such a thing: an element of its own nftables tables, a qdisc with its
handle, the original of a swapped file. Any other difference is foreign: it is told, and left alone.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

import msgspec

Topic = Literal["network", "services", "haproxy", "database", "toxiproxy", "files"]
"""What is asked for in one go, and so known or not known together."""
FILES: Final = "files"

Place = tuple[str, str]
"""(node or agent, topic)."""


class Thing(msgspec.Struct, frozen=True, omit_defaults=True):
    """`where`: a node, or the network agent's own namespace. `what`: ``link lan0``. `state`: ``up``, as text."""

    where: str
    topic: Topic
    what: str
    state: str
    ours: bool = False

    @property
    def place(self) -> Place:
        return self.where, self.topic


class Unasked(msgspec.Struct, frozen=True):
    """What could not be asked, so that nothing is known of it."""

    where: str
    topic: Topic
    why: str

    @property
    def place(self) -> Place:
        return self.where, self.topic

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


class Survey(msgspec.Struct, frozen=True):
    """`configured`: nodes that got other files on purpose since: their HAProxy is compared with nothing."""

    things: tuple[Thing, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    configured: tuple[str, ...] = ()

    def __add__(self, other: "Survey") -> "Survey":
        return Survey((*self.things, *other.things), (*self.unasked, *other.unasked), self.configured)

    def of(self, places: Iterable[str]) -> "Survey":
        """Only of these nodes and agents: an agent knows nodes that this lab does not have."""
        known = set(places)
        things = tuple(each for each in self.things if each.where in known)
        return Survey(things, tuple(each for each in self.unasked if each.where in known), self.configured)

    def continued(self, now: "Survey", anew: Collection[str], *, cables: bool) -> "Survey":
        """This baseline; of `now` the nodes that it does not have, or that are `anew`. `cables`: and all networks."""
        places = (*(each.place for each in self.things), *(each.place for each in self.unasked))
        known = {where for where, _ in places}.difference(anew)

        def stays(place: Place) -> bool:
            return place[0] in known and not (cables and place[1] == "network")

        things = (*(e for e in self.things if stays(e.place)), *(e for e in now.things if not stays(e.place)))
        unasked = (*(e for e in self.unasked if stays(e.place)), *(e for e in now.unasked if not stays(e.place)))
        return Survey(things, unasked, tuple(node for node in self.configured if node in known))

    def with_files(self, node: str, states: Mapping[str, str]) -> "Survey":
        """After files were put on a node on purpose: `states`, by path, are its baseline from now on."""
        new = tuple(Thing(node, "files", path, state) for path, state in states.items())
        kept = (e for e in self.things if e.place != (node, FILES) or e.what not in states)
        return Survey((*kept, *new), self.unasked, tuple(dict.fromkeys((*self.configured, node))))


class Difference(msgspec.Struct, frozen=True):
    """`before`, `now`: None if it was not there, or is not."""

    where: str
    what: str
    before: str | None
    now: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.where}: {self.what} is new: {self.now}"
        if self.now is None:
            return f"{self.where}: {self.what} is gone; it was {self.before}"
        return f"{self.where}: {self.what} is {self.now}; it was {self.before}"


class Comparison(msgspec.Struct, frozen=True):
    """`ours`: what a fault left. `foreign`: what differs otherwise. `unasked`: what could be asked at `up`, not now.

    `unknown`: what could not be asked at `up` either, or has had other files since.
    """

    ours: tuple[Thing, ...]
    foreign: tuple[Difference, ...]
    unasked: tuple[Unasked, ...]
    unknown: tuple[str, ...]


def compared(before: Survey, now: Survey) -> Comparison:
    """What differs. What could not be asked at one of the two times does not differ: it is told apart."""
    anew: set[Place] = {(node, "haproxy") for node in before.configured}
    blind_then = {each.place for each in before.unasked}
    blind = blind_then | {each.place for each in now.unasked} | anew
    then, present = _states(before, blind), _states(now, blind)
    keys = sorted(key for key in then.keys() | present.keys() if then.get(key) != present.get(key))
    return Comparison(
        ours=tuple(each for each in now.things if each.ours),
        foreign=tuple(Difference(key[0], key[2], then.get(key), present.get(key)) for key in keys),
        unasked=tuple(each for each in now.unasked if each.place not in blind_then),
        unknown=(
            *map(str, before.unasked),
            *(f"{node}: HAProxy's runtime settings, as it got another configuration" for node, _ in sorted(anew)),
        ),
    )


def _states(survey: Survey, blind: set[Place]) -> dict[tuple[str, str, str], str]:
    """Of what can be compared."""
    things = (each for each in survey.things if not each.ours and each.place not in blind)
    return {(*each.place, each.what): each.state for each in things}


def file_state(content: bytes, *, executable: bool) -> str:
    """A regular file as a thing's state: size, digest, and whether it is executable."""
    digest = hashlib.sha256(content).hexdigest()[:12]
    return f"{len(content)} bytes, {digest}{', executable' if executable else ''}"
