"""nftables rules of a network with rings: ports that nothing passes for a moment, and the guard against storms.

A table of its own, which a network without rings does not have. The kernel itself shuts a port: with the frame that is
one too many, the port's name enters a set, and from then on nothing passes there either way. A process that would have
to notice first might get no CPU time in a storm.
"""

from typing import Final

from harness.agents.network.netlink import NETLINK_NETFILTER, Netlink, get_elements, ifname, keys, set_element
from harness.model.errors import EnvironmentProblem

TABLE: Final = "harness_ring"
_HELD, SHUT = "held", "shut"
_BURSTS_PER_S: Final = 5  # a fifth of a second's frames may come at once


class RingRules:
    """Replaces the table at construction. `limit`: broadcast and multicast frames/s of one port; 0: no guard.

    Raises `EnvironmentProblem` if the kernel has no such rules.
    """

    def __init__(self, limit: int) -> None:
        import nftables  # noqa: PLC0415 (Debian's python3-nftables: only in the agent's image)

        code, _, error = nftables.Nftables().cmd(_rules(limit))
        if code:
            raise EnvironmentProblem(f"nftables refuses the table of rings in the bridge family: {error}")
        self._netlink = Netlink(NETLINK_NETFILTER)
        self._held: set[str] = set()  # a request that changes nothing takes as long: the kernel waits for all its CPUs

    def hold(self, device: str) -> None:
        """Nothing passes at this port, whatever the bridge says. May be repeated."""
        if device not in self._held:
            self._netlink.request(set_element(TABLE, _HELD, ifname(device), present=True))
            self._held.add(device)

    def let_go(self, device: str) -> None:
        """May be repeated."""
        if device in self._held:
            self._remove(_HELD, device)
            self._held.discard(device)

    def shut(self) -> set[str]:
        """The devices that are shut now."""
        answer = self._netlink.dump(get_elements(TABLE, SHUT))
        return {key.rstrip(b"\0").decode() for payload in answer for key in keys(payload)}

    def open(self, device: str) -> None:
        """May be repeated."""
        self._remove(SHUT, device)

    def _remove(self, set_name: str, device: str) -> None:
        try:
            self._netlink.request(set_element(TABLE, set_name, ifname(device), present=False))
        except FileNotFoundError:  # ENOENT: it is not in the set
            return


def _rules(limit: int) -> str:
    burst = max(1, limit // _BURSTS_PER_S)
    over = f"add @over {{ iifname limit rate over {limit}/second burst {burst} packets }}"
    many = f"ether daddr and 01:00:00:00:00:00 == 01:00:00:00:00:00 {over} add @{SHUT} {{ iifname }} drop"
    return f"""
add table bridge {TABLE}
delete table bridge {TABLE}
table bridge {TABLE} {{
    set {_HELD} {{ type ifname; }}
    set {SHUT} {{ type ifname; size 1024; flags dynamic; }}
    set over {{ type ifname; size 1024; flags dynamic; }}
    chain arriving {{
        type filter hook prerouting priority -350
        iifname @{_HELD} drop
        iifname @{SHUT} drop
        {many if limit else ""}
    }}
    chain leaving {{
        type filter hook postrouting priority 350
        oifname @{_HELD} drop
        oifname @{SHUT} drop
    }}
}}
"""
