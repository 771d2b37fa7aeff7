"""A gateway's card, as GLBP uses it: frames in and out, and a device for each MAC address that it forwards for.

No device has the virtual address, so that the kernel answers no ARP for it. A macvlan takes the frames to a forwarder's
MAC address; the node's one ARP cache and its routes serve them, as on a router.
"""

import contextlib
import errno
import fcntl
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyroute2.iproute.linux import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from harness.agents.network.adverts import attach
from harness.agents.network.namespace import inside_namespace_of
from harness.agents.network.netlink import FORWARDING, NETLINK_ROUTE, RP_FILTER, Netlink, ipv4_settings

_ETH_P_ALL: Final = 3
_OUTGOING: Final = 4  # PACKET_OUTGOING
_SNAP: Final = 256
_BATCH: Final = 64
_SIOCGIFFLAGS: Final = 0x8913
_IFF_UP_AND_RUNNING: Final = 0x1 | 0x40
_ARP_IGNORE: Final = 19  # linux/ip.h, IPV4_DEVCONF_ARP_IGNORE; 8: no answer for any address of the node
_AWAY: Final = frozenset({errno.ENETDOWN, errno.ENODEV, errno.ENXIO, errno.ENOBUFS})

# Classic BPF: ARP, or UDP to port 3222 in a first fragment of IPv4.
FILTER: Final = (
    (0x28, 0, 0, 12),
    (0x15, 8, 0, 0x0806),
    (0x15, 0, 8, 0x0800),
    (0x30, 0, 0, 23),
    (0x15, 0, 6, 17),
    (0x28, 0, 0, 20),
    (0x45, 4, 0, 0x1FFF),
    (0xB1, 0, 0, 14),
    (0x48, 0, 0, 16),
    (0x15, 0, 1, 3222),
    (0x06, 0, 0, _SNAP),
    (0x06, 0, 0, 0),
)


class GlbpPort:
    """Opened in the namespace of the node's PID 1. Raises `OSError` if the node is gone."""

    def __init__(self, pid: int, device: str, prefix: str) -> None:
        self._device = device
        self._prefix = prefix
        self._lost = False
        with inside_namespace_of(pid):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # 0: no frame before the filter is set
            self._ip: Any = IPRoute()
            self._netlink = Netlink(NETLINK_ROUTE)
        attach(self._socket, FILTER)
        self._socket.setblocking(False)
        self.bind()
        left = self._made()
        self.left = frozenset(left)  # by an earlier process of this agent
        for name, index in left.items():
            self._delete(name, index)

    def fileno(self) -> int:
        return self._socket.fileno()

    def bind(self) -> bool:
        """To the card; also to one that comes back, with an index of its own. False: it is not there."""
        try:
            self._socket.bind((self._device, _ETH_P_ALL))
        except OSError as error:
            if error.errno not in _AWAY:
                raise
            return False
        return True

    def close(self) -> None:
        """An open socket would keep the namespace of an ended node."""
        self._socket.close()
        self._ip.close()
        self._netlink.close()

    def carrier(self) -> bool:
        """Is the card there, up, and at a cable that is up? netdevice(7), IFF_RUNNING.

        False once for a card that was away since the last call, however short.
        """
        if self._lost:
            self._lost = False
            return False
        try:
            answer = fcntl.ioctl(self._socket, _SIOCGIFFLAGS, struct.pack("16s16x", self._device.encode()))
        except OSError:
            return False
        (flags,) = struct.unpack_from("H", answer, 16)
        return bool(flags & _IFF_UP_AND_RUNNING == _IFF_UP_AND_RUNNING)

    def read(self) -> Iterator[bytes]:
        """What has come in, at most 64 frames."""
        for _ in range(_BATCH):
            try:
                frame, address = self._socket.recvfrom(_SNAP)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _AWAY:
                    raise
                self._lost = True
                return
            if address[2] != _OUTGOING:
                yield frame

    def send(self, frame: bytes) -> None:
        """What cannot be sent now is lost, as on a cable that is pulled."""
        try:
            self._socket.send(frame)
        except OSError as error:
            if error.errno not in _AWAY:
                raise

    def forward_for(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Makes and deletes devices, so that there is one for each of these (name, MAC address)."""
        macs, made = dict(wanted), self._made()
        for name in made.keys() - macs.keys():
            self._delete(name, made[name])
        for name in macs.keys() - made.keys():
            with contextlib.suppress(
                NetlinkError, IndexError, OSError
            ):  # the card has just gone: it is made when that is back
                self._make(name, macs[name])

    def _made(self) -> dict[str, int]:
        """Name → index of the devices that are there."""
        links = {link.get_attr("IFLA_IFNAME"): int(link["index"]) for link in self._ip.get_links()}
        return {name: index for name, index in links.items() if name.startswith(self._prefix)}

    def _make(self, name: str, mac: str) -> None:
        """Private: what it gets is not for another macvlan of the card. Its settings come before it is up."""
        card = self._ip.link_lookup(ifname=self._device)[0]
        self._ip.link("add", ifname=name, kind="macvlan", link=card, macvlan_mode="private", address=mac)
        index = int(self._ip.link_lookup(ifname=name)[0])
        self._netlink.request(ipv4_settings(index, {FORWARDING: 1, RP_FILTER: 0, _ARP_IGNORE: 8}))
        self._ip.link("set", index=index, state="up")

    def _delete(self, name: str, index: int) -> None:
        """One that vanished meanwhile is no error: with its card, all of them do."""
        with contextlib.suppress(NetlinkError):
            self._ip.link("del", index=index, ifname=name)
