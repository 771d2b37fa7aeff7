"""What one node's keepalived.conf says of an instance, as far as the rules of `instance` use it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from harness.model.keepalived import ADDRESS_OWNER, Block, VrrpSettings, parse_blocks, parse_keepalived


class Settings(msgspec.Struct, frozen=True):
    """`vrrp`: what checks know, too. The rest is what only the rules need.

    `highest_other`: of ``timer_expired_backup``, 0 without it. `state_master`: ``state MASTER``.
    """

    vrrp: VrrpSettings
    lower_prio_no_advert: bool = False
    state_master: bool = False
    highest_other: int = 0


def settings_of(text: str, node: str = "", included: Mapping[str, str] | None = None) -> tuple[Settings, ...]:
    """Every instance of a keepalived.conf. Raises `UsageError` if it cannot be read."""
    document = parse_blocks(text, node, included)
    globals_ = [line for block in document.all("global_defs") for line in block.body]
    quiet = any(line.words[0] == "vrrp_lower_prio_no_advert" for line in globals_)
    blocks = {block.argument: block for block in document.all("vrrp_instance")}
    parsed = parse_keepalived(text, node, included)
    return tuple(_settings(vrrp, blocks.get(vrrp.instance), quiet=quiet) for vrrp in parsed)


def _settings(vrrp: VrrpSettings, block: Block | None, *, quiet: bool) -> Settings:
    if block is None:
        return Settings(vrrp, quiet)
    return Settings(
        vrrp,
        lower_prio_no_advert=block.flag("lower_prio_no_advert", default=quiet),
        state_master=block.last("state") == "MASTER",
        highest_other=int(block.number(0, "timer_expired_backup")),
    )


_LEFT_OUT: Final = {
    "track_process": "processes that it tracks",
    "track_bfd": "BFD peers that it tracks",
    "track_file": "files that it tracks",
    "track_script": "scripts that it tracks: they are taken as succeeding",
}


def left_out(text: str, node: str = "", included: Mapping[str, str] | None = None) -> Iterator[str]:
    """What the file asks for and the rules do not have, a sentence's end each. Such a pair is judged in part only."""
    document = parse_blocks(text, node, included)
    for block in document.all("vrrp_instance"):
        yield from (f"{block.argument}: {what}" for keyword, what in _LEFT_OUT.items() if block.find(keyword))
        if block.number(0, "priority") == ADDRESS_OWNER:
            yield f"{block.argument}: priority {ADDRESS_OWNER} (address owner)"
    yield from (f"{group.argument}: a sync group" for group in document.all("vrrp_sync_group"))
