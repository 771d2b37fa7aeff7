"""What one node's keepalived.conf says of an instance, as far as the rules of `instance` use it. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from harness.model.keepalived import ADDRESS_OWNER, Block, VrrpSettings, parse_blocks, parse_keepalived
from harness.model.units import s
from harness.simulation.watch import Asking, Reader, Watch, of_text


class Settings(msgspec.Struct, frozen=True):
    """`vrrp`: what checks know, too. The rest is what only the rules need.

    `highest_other`: of ``timer_expired_backup``, 0 without it. `state_master`: ``state MASTER``. `watches`: what it
    tracks, its sync group's included. `files_add`: what files that it tracks add to its priority. `startup_delay_ns`:
    of ``vrrp_startup_delay``. `xmit_base`: of ``vmac_xmit_base``: adverts leave with the MAC address of the card.
    `strict`: of ``vrrp_strict``. `tracks_card`: not with ``dont_track_primary``. `untracked`: VIPs with ``no_track``.
    """

    vrrp: VrrpSettings
    lower_prio_no_advert: bool = False
    state_master: bool = False
    highest_other: int = 0
    watches: tuple[Watch, ...] = ()
    files_add: int = 0
    startup_delay_ns: int = 0
    xmit_base: bool = False
    strict: bool = False
    tracks_card: bool = True
    untracked: tuple[str, ...] = ()

    @property
    def rest_priority(self) -> int:
        """While all that it tracks succeeds."""
        if self.vrrp.priority == ADDRESS_OWNER:
            return ADDRESS_OWNER
        added = sum(watch.adds(failed=False) for watch in self.watches)
        return max(1, min(254, self.vrrp.priority + self.files_add + added))


def nothing(_command: str) -> Asking:
    """Each check is taken as succeeding."""
    return Asking("nothing")


def settings_of(
    text: str, node: str = "", included: Mapping[str, str] | None = None, read: Reader = nothing
) -> tuple[Settings, ...]:
    """Every instance of a keepalived.conf. `read`: what its checks ask for.

    Raises `UsageError` if it cannot be read.
    """
    document = parse_blocks(text, node, included)
    defaults = Block(("",), tuple(line for block in document.all("global_defs") for line in block.body))
    blocks = {block.argument: block for block in document.all("vrrp_instance")}
    parsed = parse_keepalived(text, node, included)
    found = ((vrrp, blocks.get(vrrp.instance)) for vrrp in parsed)
    each = (
        _settings(vrrp, block, defaults, of_text(document, block, read)) if block else Settings(vrrp)
        for vrrp, block in found
    )
    return tuple(replace(one, startup_delay_ns=_startup_delay_ns(document)) for one in each)


def _startup_delay_ns(document: Block) -> int:
    return round(max((block.number(0, "vrrp_startup_delay") for block in document.all("global_defs")), default=0) * s)


def _settings(vrrp: VrrpSettings, block: Block, defaults: Block, watches: tuple[Watch, ...]) -> Settings:
    strict = block.flag("strict_mode", default=defaults.flag("vrrp_strict", default=False))
    quiet = block.flag("lower_prio_no_advert", default=defaults.flag("vrrp_lower_prio_no_advert", default=False))
    return Settings(
        vrrp,
        lower_prio_no_advert=strict or quiet,
        state_master=block.last("state") == "MASTER",
        highest_other=int(block.number(0, "timer_expired_backup")),
        watches=watches,
        xmit_base=block.find("vmac_xmit_base") is not None and not strict,
        strict=strict,
        tracks_card=block.find("dont_track_primary") is None,
        untracked=tuple(_untracked(block)),
    )


def _untracked(block: Block) -> Iterator[str]:
    for listed in block.all("virtual_ipaddress", "virtual_ipaddress_excluded"):
        yield from (line.words[0].split("/")[0] for line in listed.body if "no_track" in line.words)


def left_out(text: str, node: str = "", included: Mapping[str, str] | None = None) -> Iterator[str]:
    """What the file asks for and the rules do not have, a sentence's end each. Such a pair is judged in part only."""
    document = parse_blocks(text, node, included)
    written = {
        block.words[0]
        for scope in (document, *document.all("global_defs"))
        for block in scope.body
        if block.argument != "0"
    }
    yield from (f"{node or 'keepalived.conf'}: {what}" for keyword, what in _FOR_ALL.items() if keyword in written)
    for block in (*document.all("vrrp_instance"), *document.all("vrrp_sync_group")):
        yield from (f"{block.argument}: {what}" for keyword, what in _LEFT_OUT.items() if block.find(keyword))
        yield from (
            f"{block.argument}: the quorum of the process {name}: it is taken as one process or more"
            for name in _counted(document)
            if name in _tracked_processes(block)
        )


def _counted(document: Block) -> list[str]:
    """The processes of which another number than one or more must run.

    While one is enough ``fork_delay`` delays nothing. keepalived waits for it after the fork of a process that it
    tracks: check_process_fork() in track_process.c. Where no process was left the first one comes by an exec.
    """
    defined = document.all("vrrp_track_process")
    return [block.argument for block in defined if (block.last("quorum") or "1") != "1" or block.find("quorum_max")]


def _tracked_processes(block: Block) -> set[str]:
    return {line.words[0] for listed in block.all("track_process") for line in listed.body}


_FOR_ALL: Final = {
    "interface_up_down_delays": "delays of carriers: they are told at once",
    "vrrp_garp_interval": "the interval of gratuitous ARPs: an announcement is sent at once",
    "garp_group": "the interval of gratuitous ARPs: an announcement is sent at once",
}
"""Of the whole file: in ``global_defs``, or a block of its own."""

_LEFT_OUT: Final = {
    "track_bfd": "BFD peers that it tracks: they are taken as up",
    "use_vmac_addr": "virtual MAC addresses on other cards: these are taken as having their own",
    "track_file": "files that it tracks: they are taken as holding what they held",
    "vmac_xmit_base": "switches that forget: with vmac_xmit_base a wrong entry lasts for their ageing time",
}


def taken_as_succeeding(settings: Settings) -> Iterator[str]:
    """Checks of which it is not known what they ask for, a sentence's end each."""
    for watch in settings.watches:
        if watch.follows == "nothing":
            yield f"{settings.vrrp.instance}: {watch.kind} {watch.name}: it is taken as succeeding"
