"""Lines of a node's keepalived.conf that the running keepalived does not have: instances, addresses, checks."""

from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._pair import Member, PairNode
from harness.lint._trackers import lost
from harness.model.keepalived import Block


def not_in_force(node: PairNode) -> Iterator[Block]:
    """Also the block that defines a check which is not in force, and its `script` line."""
    running = {instance.name: instance for instance in node.running.instances}
    for block in node.document.all("vrrp_instance"):
        if block.argument in running:
            member = Member(node, running[block.argument])
            yield from _addresses(member, block)
            yield from _checks(member)
        else:
            yield block


def _addresses(member: Member, block: Block) -> Iterator[Block]:
    for listed in block.all("virtual_ipaddress", "virtual_ipaddress_excluded"):
        yield from (line for line in listed.body if _address(line.words[0]) not in member.addresses)


def _address(word: str) -> str:
    """As a dump writes it; the word itself if it is none."""
    try:
        return str(ip_interface(word).ip)
    except ValueError:
        return word


def _checks(member: Member) -> Iterator[Block]:
    for _, line in lost(member):
        yield line
        for keyword in ("vrrp_script", "vrrp_track_process", "track_file", "vrrp_track_file"):
            if defined := member.node.block(keyword, line.words[0]):
                yield from (defined, *defined.body)
