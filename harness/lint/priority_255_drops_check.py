"""The owner of an address (priority 255) does without weighted checks."""

from collections.abc import Iterator

from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._trackers import lost
from harness.model.keepalived import ADDRESS_OWNER


@rule("error", outage="HAProxy is dead and the VIP stays on its node, for good.", experiment="killed")
def priority_255_drops_check(pair: Pair) -> Iterator[Found]:
    """Priority 255 means that the address is the node's own (RFC 9568 section 5.2.4), so nothing may change it.

    keepalived ignores what is tracked with a weight there, and says so at a start. Source: vrrp_complete_instance() in
    keepalived/vrrp/vrrp.c.
    """
    for router in pair.routers:
        for member in router.members:
            if member.instance.priority == ADDRESS_OWNER and (names := ", ".join(_lost(member))):
                yield Found(
                    member.line("priority"),
                    f"{member.node.name} has priority 255: keepalived ignores {names}, since no weight changes it.",
                    "priority 254 or less",
                )


def _lost(member: Member) -> list[str]:
    """A name that is defined nowhere is not lost by the priority."""
    scripts = {block.argument for block in member.node.document.all("vrrp_script")}
    return [line.words[0] for kind, line in lost(member) if kind != "script" or line.words[0] in scripts]
