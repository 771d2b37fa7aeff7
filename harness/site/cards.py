"""The network devices that a keepalived.conf names. keepalived.conf(5): interface, dev, track_interface."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from harness.model.errors import UsageError
from harness.model.keepalived import Block, parse_blocks
from harness.site.site import KEEPALIVED, SiteNode

_NAME_ONE: Final = ("interface", "default_interface")
_LIST: Final = ("track_interface",)
_WITH_DEV: Final = (
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    "virtual_routes",
    "static_ipaddress",
    "static_routes",
)
NAME: Final = r"^[A-Za-z0-9_][^\s/:%\"'#\\$]{0,14}$"
"""dev_valid_name() of the kernel, without what iproute2 or the kernel read as something else than a name."""


def document(node: SiteNode) -> Block:
    """Its keepalived.conf in blocks. Raises `UsageError` if it cannot be read."""
    texts = node.texts
    included = {path: text for path, text in texts.items() if path != KEEPALIVED}
    return parse_blocks(texts.get(KEEPALIVED, ""), node.config_id, included)


def named_cards(whole: Block) -> dict[str, Block]:
    """Card → the line that names it first. Devices that keepalived makes itself (``use_vmac``) are none."""
    made = {name for block in whole.all("vrrp_instance") for name in _made(block)}
    found: dict[str, Block] = {}
    for name, line in _named(whole):
        if name not in made and _valid(name):
            found.setdefault(name, line)
    return found


def missing_cards(node: SiteNode) -> dict[str, Block]:
    """Those that pair.toml does not list for the node; none if its keepalived.conf cannot be read."""
    try:
        whole = document(node)
    except UsageError:  # keepalived's own messages say what is wrong
        return {}
    return {card: line for card, line in named_cards(whole).items() if card not in node.cards}


def _named(block: Block) -> Iterator[tuple[str, Block]]:
    for line in block.body:
        if line.words[0] in _NAME_ONE and line.argument:
            yield line.argument, line
        elif line.words[0] in _LIST:
            yield from ((each.words[0], each) for each in line.body)
        elif line.words[0] in _WITH_DEV:
            yield from ((name, each) for each in line.body for word, name in pairwise(each.words) if word == "dev")
        else:
            yield from _named(line)


def _made(instance: Block) -> Iterator[str]:
    """vrrp_handler_vmac() of keepalived: without a name of its own, a VMAC is vrrp.VRID."""
    for line in instance.all("use_vmac", "use_ipvlan"):
        yield f"vrrp.{instance.last('virtual_router_id')}"
        yield from line.words[1:]


def _valid(name: str) -> bool:
    return name != "lo" and re.search(NAME, name) is not None
