"""The harness's own nf_tables tables in the bridge family: rules for what the sets of `Drops` name.

Those of the second table meet some frames: by chance (``numgen random``, sets of port and interval of numbers) or up to
a rate. A kernel may lack what they need; all other rules work without. They cost a microsecond for each frame and
switch, so that the table is dormant, without hooks, while its sets are empty.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from harness.model.errors import EnvironmentProblem

TABLE: Final = "harness"
SOME: Final = "harness_some"
PARTS: Final = 10_000
"""Numbers are drawn below this one, so that a share in percent can have two decimals."""

COUNTED: Final = " counter;"
"""Of a set: each element counts the frames that it met. A kernel before 5.7 refuses it, and the set does without."""

Kind = Literal["lost", "corrupt", "few"]


# Before every other chain on the way in, after every other on the way out. Switches do not learn from dropped frames.
# The garp sets: (port, address) of broadcast ARP. VRRP is IP protocol 112, of both versions of IP (RFC 9568 section 5).
def _rules(counted: str) -> str:
    sets = "\n".join(f"    set {name} {{ type {kind};{counted} }}" for name, kind in _sets())
    return f"""
add table bridge {TABLE}
delete table bridge {TABLE}
table bridge {TABLE} {{
{sets}
    chain arriving {{
        type filter hook prerouting priority -300
{_dropped("iifname", "ingress")}
    }}
    chain leaving {{
        type filter hook postrouting priority 300
{_dropped("oifname", "egress")}
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


_PORT: Final = "ifname"
_KINDS: Final = {
    "": _PORT,
    "garp_": "ifname . ipv4_addr",
    "vrrp_": _PORT,
    "group_": _PORT,
    "tcp_": _PORT,
    "syn_": _PORT,
}
"""How the name of a set begins → what its elements are."""


def _sets() -> Iterator[tuple[str, str]]:
    return ((f"{begin}{side}", kind) for begin, kind in _KINDS.items() for side in ("ingress", "egress"))


def _dropped(name: str, side: str) -> str:
    """What a chain drops. `name`: of the device that a frame comes in by, or leaves by."""
    return f"""\
        {name} @{side} drop
        ether daddr ff:ff:ff:ff:ff:ff ether type arp {name} . arp saddr ip @garp_{side} drop
        meta l4proto 112 {name} @vrrp_{side} drop
        ether daddr and 01:00:00:00:00:00 == 01:00:00:00:00:00 meta l4proto 112 {name} @group_{side} drop
        meta l4proto tcp {name} @tcp_{side} drop
        tcp flags & (syn | ack) == syn {name} @syn_{side} drop"""


# A block ``table bridge … {`` without the flag would wake the table.
_CHANGED: Final = "@nh,64,8 set @nh,64,8 ^ 0x10"
_OTHERS: Final = "ether type != 0x88b5"  # numbered frames of a measuring stream show where other ops drop
_FEW: Final = f"""
add set bridge {SOME} few_ingress {{ type ifname . ipv4_addr; limit rate over 1/second; }}
add set bridge {SOME} few_egress {{ type ifname . ipv4_addr; limit rate over 1/second; }}
add rule bridge {SOME} arriving ether daddr ff:ff:ff:ff:ff:ff ether type arp iifname . arp saddr ip @few_ingress drop
add rule bridge {SOME} leaving ether daddr ff:ff:ff:ff:ff:ff ether type arp oifname . arp saddr ip @few_egress drop
"""


def _by_chance(kind: Kind, on_ingress: str, on_egress: str, then: str) -> tuple[str, str]:
    """With a counter for each element, and without."""
    with_counter, without = (_chances(kind, on_ingress, on_egress, then, each) for each in (COUNTED, ""))
    return with_counter, without


def _chances(kind: Kind, on_ingress: str, on_egress: str, then: str, counted: str) -> str:
    return f"""
add set bridge {SOME} {kind}_ingress {{ typeof iifname . numgen random mod {PARTS}; flags interval;{counted} }}
add set bridge {SOME} {kind}_egress {{ typeof oifname . numgen random mod {PARTS}; flags interval;{counted} }}
add rule bridge {SOME} {on_ingress} {_OTHERS} iifname . numgen random mod {PARTS} @{kind}_ingress {then}
add rule bridge {SOME} {on_egress} {_OTHERS} oifname . numgen random mod {PARTS} @{kind}_egress {then}
"""


# A frame is changed after br_netfilter, where a kernel has it, has looked at its checksum: the next one discards it.
_OPTIONAL: Final[dict[Kind, tuple[str, ...]]] = {
    "lost": _by_chance("lost", "arriving", "leaving", "drop"),
    "corrupt": _by_chance("corrupt", "forwarded", "forwarded", _CHANGED),
    "few": (_FEW,),
}


def install() -> dict[Kind, str]:
    """Replaces the tables → why the kernel refuses an optional part of it. Raises `EnvironmentProblem` for the rest."""
    import nftables  # noqa: PLC0415 (Debian's python3-nftables: only in the agent's image)

    run = nftables.Nftables().cmd
    if refused := _first(run, (_rules(COUNTED), _rules(""))):
        raise EnvironmentProblem(f"nftables refuses the table in the bridge family: {refused}")
    tried = {kind: _first(run, variants) for kind, variants in _OPTIONAL.items()}
    return {kind: refused.splitlines()[0] for kind, refused in tried.items() if refused}


def _first(run: Callable[[str], tuple[int, str, str]], variants: tuple[str, ...]) -> str:
    """Runs the first of these rules that the kernel takes; why it refuses the last one, or nothing."""
    refused = ""
    for rules in variants:
        code, _, error = run(rules)
        if not code:
            return ""
        refused = str(error).strip() or f"status {code}"
    return refused
