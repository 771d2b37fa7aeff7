"""The link layer's header: which protocol follows, from where on, and which interfaces the frame went between."""

from collections.abc import Callable
from typing import Final, NamedTuple

ETHERNET, COOKED, COOKED_2 = 1, 113, 276
_TAGS: Final = (0x8100, 0x88A8, 0x9100)  # IEEE 802.1Q, 802.1ad, and what came before it
_MOST_TAGS: Final = 4
_OUTGOING: Final = 4  # PACKET_OUTGOING of linux/if_packet.h


class Frame(NamedTuple):
    """`body`: where the protocol's own header begins. `source` and `destination`: MAC addresses; b"" if not there.

    `vlan`: the numbers of its tags, the outer one first.
    """

    protocol: int
    body: int
    source: bytes
    destination: bytes
    outgoing: bool | None
    vlan: tuple[int, ...] = ()


def ethernet(data: bytes) -> Frame | None:
    """With any number of VLAN tags up to four. None if the frame is cut off within its header."""
    vlan: tuple[int, ...] = ()
    at = 12
    for _ in range(_MOST_TAGS + 1):
        if len(data) < at + 2:
            return None
        protocol = data[at] << 8 | data[at + 1]
        if protocol not in _TAGS:
            return Frame(protocol, at + 2, data[6:12], data[:6], None, vlan)
        vlan, at = (*vlan, *_number(data, at + 2)), at + 4
    return None


def cooked(data: bytes) -> Frame | None:
    """Linux cooked, version 1: no destination, but whether the machine itself sent the frame."""
    if len(data) < 16:
        return None
    outgoing = (data[0] << 8 | data[1]) == _OUTGOING
    return _tagged(data, data[14] << 8 | data[15], 16, data[6:12], outgoing=outgoing)


def cooked_2(data: bytes) -> Frame | None:
    """Linux cooked, version 2."""
    if len(data) < 20:
        return None
    return _tagged(data, data[0] << 8 | data[1], 20, data[12:18], outgoing=data[10] == _OUTGOING)


def _tagged(data: bytes, protocol: int, body: int, source: bytes, *, outgoing: bool) -> Frame | None:
    """Behind VLAN tags, if there are any."""
    vlan: tuple[int, ...] = ()
    for _ in range(_MOST_TAGS):
        if protocol not in _TAGS:
            return Frame(protocol, body, source, b"", outgoing, vlan)
        if len(data) < body + 4:
            return None
        vlan = (*vlan, *_number(data, body))
        protocol, body = data[body + 2] << 8 | data[body + 3], body + 4
    return None


def _number(data: bytes, at: int) -> tuple[int, ...]:
    """Of the tag there: its last 12 bits. None for 0, which is a priority without a VLAN."""
    number = int.from_bytes(data[at : at + 2], "big") & 0x0FFF
    return (number,) if number else ()


READERS: Final[dict[int, Callable[[bytes], Frame | None]]] = {ETHERNET: ethernet, COOKED: cooked, COOKED_2: cooked_2}
