"""One look at a namespace's netlink socket reads all that is there: what stays would get the time of a later turn."""

import socket
import struct

from harness.agents.network.rtnetlink import NEWADDR, Address, Netlink


class Fed(Netlink):
    """Reads what a test writes instead of what the kernel says."""

    def __init__(self) -> None:
        self._socket, self.kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._dumps = []


def new_address(ip: str) -> bytes:
    body = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 3) + struct.pack("=HH", 8, 2) + socket.inet_aton(ip)
    return struct.pack("=IHHII", 16 + len(body), NEWADDR, 0, 0, 0) + body


def test_every_datagram_that_is_there_is_read_at_once() -> None:
    netlink, wanted = Fed(), ["10.77.0.100", "10.77.0.101", "10.77.0.102"]
    for ip in wanted:
        netlink.kernel.send(new_address(ip))
    assert list(netlink.read()) == [[Address(present=True, device=3, ip=ip)] for ip in wanted]
    assert list(netlink.read()) == []
