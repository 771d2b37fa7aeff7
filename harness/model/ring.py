"""A ring of switches with one blocked port, as Cisco's Resilient Ethernet Protocol keeps it (REP)."""

import msgspec

from harness.model.units import ms


class Ring(msgspec.Struct, frozen=True):
    """`trunks`: in order around the ring. `alternate`: the end of one of them that is blocked while every link is well.

    `age_ms`: a link without a hello for so long has failed. IOS takes 120 to 10,000, and 5,000 without a word.
    """

    name: str
    trunks: tuple[str, ...]
    alternate: str
    age_ms: int = 5000

    @property
    def age_ns(self) -> int:
        return self.age_ms * ms

    @property
    def hello_ns(self) -> int:
        """Three hellos fit into the age timer ("LSL hello = age timer / 3", Cisco's REP guide)."""
        return self.age_ns // 3
