"""What switches of a ring say to each other. Cisco has not published REP's frames: these are our own, with its meaning.

Names as in Cisco's guide to REP: a *hello* of the link status layer goes to the neighbour alone; a *blocked port
advertisement* (BPA) and a *topology change notice* go around the ring, through blocked ports too.
"""

import msgspec


class RepHello(msgspec.Struct, frozen=True, tag_field="rep", tag="hello"):
    """`heard`: its sender has heard the neighbour within the age timer. Without that the link works one way at most."""

    ring: str
    heard: bool


class RepBlocked(msgspec.Struct, frozen=True, tag_field="rep", tag="blocked"):
    """`port` is blocked. `rank`: 2 failed, 1 alternate. Of two ports the greater (rank, key) stays blocked."""

    ring: str
    switch: str
    port: str
    rank: int
    key: int


class RepChanged(msgspec.Struct, frozen=True, tag_field="rep", tag="changed"):
    """The way around the ring has changed: forget what was learnt. `number` counts the notices of this `switch`."""

    ring: str
    switch: str
    number: int


RepMessage = RepHello | RepBlocked | RepChanged
FAILED, ALTERNATE = 2, 1
