"""What is seen on the wire: ARP, adverts, the markers of the measuring stream."""

from harness.model.events.base import Event


class ArpSeen(Event, frozen=True, tag="arp"):
    """An ARP frame at a switch port. Gratuitous: `sender_ip` == `target_ip`.

    `frame`: its own bytes, without the padding behind them. Empty: recorded before they were kept.
    """

    port: str
    inward: bool
    source: str  # Ethernet source
    destination: str
    opcode: int  # 1 request, 2 reply
    sender_mac: str
    sender_ip: str
    target_ip: str
    frame: bytes = b""

    @property
    def gratuitous(self) -> bool:
        return self.sender_ip == self.target_ip


class AdvertSeen(Event, frozen=True, tag="advert"):
    """A VRRP advertisement at a switch port (RFC 5798 section 5).

    `frame`: its headers' own bytes, with the addresses and without the authentication data, which is a password in
    clear text (RFC 2338 section 5.3.6). Empty: recorded before they were kept.
    """

    port: str
    inward: bool
    source: str
    ip: str
    vrid: int
    priority: int
    frame: bytes = b""


class MarkerSeen(Event, frozen=True, tag="marker"):
    """A frame of our own measuring stream at a switch port, numbered by its sender."""

    port: str
    inward: bool
    stream: int
    number: int


FrameEvent = ArpSeen | AdvertSeen | MarkerSeen
