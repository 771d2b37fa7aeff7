"""The harness's own nf_tables tables in the bridge family: rules for what the sets of `Drops` name.

Those of the second table meet some frames: by chance (``numgen random``, sets of port and interval of numbers) or up to
a rate. A kernel may lack what they need; all other rules work without. They cost a microsecond for each frame and
switch, so that the table is dormant, without hooks, while its sets are empty.
"""

from typing import Final, Literal

from harness.model.errors import EnvironmentProblem

TABLE: Final = "harness"
SOME: Final = "harness_some"
PARTS: Final = 10_000
"""Numbers are drawn below this one, so that a share in percent can have two decimals."""

Kind = Literal["lost", "corrupt", "few"]

# Before every other chain on the way in, after every other on the way out. Switches do not learn from dropped frames.
# The garp sets: (port, address) of broadcast ARP. VRRP is IP protocol 112, of both versions of IP (RFC 9568 section 5).
_RULES: Final = f"""
add table bridge {TABLE}
delete table bridge {TABLE}
table bridge {TABLE} {{
    set ingress {{ type ifname; }}
    set egress {{ type ifname; }}
    set garp_ingress {{ type ifname . ipv4_addr; }}
    set garp_egress {{ type ifname . ipv4_addr; }}
    set vrrp_ingress {{ type ifname; }}
    set vrrp_egress {{ type ifname; }}
    set group_ingress {{ type ifname; }}
    set group_egress {{ type ifname; }}
    chain arriving {{
        type filter hook prerouting priority -300
        iifname @ingress drop
        ether daddr ff:ff:ff:ff:ff:ff ether type arp iifname . arp saddr ip @garp_ingress drop
        meta l4proto 112 iifname @vrrp_ingress drop
        ether daddr and 01:00:00:00:00:00 == 01:00:00:00:00:00 meta l4proto 112 iifname @group_ingress drop
    }}
    chain leaving {{
        type filter hook postrouting priority 300
        oifname @egress drop
        ether daddr ff:ff:ff:ff:ff:ff ether type arp oifname . arp saddr ip @garp_egress drop
        meta l4proto 112 oifname @vrrp_egress drop
        ether daddr and 01:00:00:00:00:00 == 01:00:00:00:00:00 meta l4proto 112 oifname @group_egress drop
    }}
}}
add table bridge {SOME}
delete table bridge {SOME}
table bridge {SOME} {{
    flags dormant
    chain arriving {{ type filter hook prerouting priority -290; }}
    chain forwarded {{ type filter hook forward priority 300; }}
    chain leaving {{ type filter hook postrouting priority 290; }}
}}
"""

# A block ``table bridge … {`` without the flag would wake the table.
_CHANGED: Final = "@nh,64,8 set @nh,64,8 ^ 0x10"
_OTHERS: Final = "ether type != 0x88b5"  # numbered frames of a measuring stream show where other ops drop
_FEW: Final = f"""
add set bridge {SOME} few_ingress {{ type ifname . ipv4_addr; limit rate over 1/second; }}
add set bridge {SOME} few_egress {{ type ifname . ipv4_addr; limit rate over 1/second; }}
add rule bridge {SOME} arriving ether daddr ff:ff:ff:ff:ff:ff ether type arp iifname . arp saddr ip @few_ingress drop
add rule bridge {SOME} leaving ether daddr ff:ff:ff:ff:ff:ff ether type arp oifname . arp saddr ip @few_egress drop
"""


def _by_chance(kind: Kind, on_ingress: str, on_egress: str, then: str) -> str:
    return f"""
add set bridge {SOME} {kind}_ingress {{ typeof iifname . numgen random mod {PARTS}; flags interval; }}
add set bridge {SOME} {kind}_egress {{ typeof oifname . numgen random mod {PARTS}; flags interval; }}
add rule bridge {SOME} {on_ingress} iifname . numgen random mod {PARTS} @{kind}_ingress {_OTHERS} {then}
add rule bridge {SOME} {on_egress} oifname . numgen random mod {PARTS} @{kind}_egress {_OTHERS} {then}
"""


# A frame is changed after br_netfilter, where a kernel has it, has looked at its checksum: the next one discards it.
_OPTIONAL: Final[dict[Kind, str]] = {
    "lost": _by_chance("lost", "arriving", "leaving", "drop"),
    "corrupt": _by_chance("corrupt", "forwarded", "forwarded", _CHANGED),
    "few": _FEW,
}


def install() -> dict[Kind, str]:
    """Replaces the tables → why the kernel refuses an optional part of it. Raises `EnvironmentProblem` for the rest."""
    import nftables  # noqa: PLC0415 (Debian's python3-nftables: only in the agent's image)

    nft = nftables.Nftables()
    code, _, error = nft.cmd(_RULES)
    if code:
        raise EnvironmentProblem(f"nftables refuses the table in the bridge family: {error.strip()}")
    tried = {kind: nft.cmd(rules) for kind, rules in _OPTIONAL.items()}
    return {kind: str(error).strip().splitlines()[0] for kind, (code, _, error) in tried.items() if code}
