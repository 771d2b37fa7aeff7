"""What a running keepalived tells of its instances, as the settings that bounds follow from.

Where they differ from its files, what it tells is what runs: ``vrrp_strict`` alone changes four settings.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from harness.model.keepalived import VrrpSettings, added
from harness.model.node_check import NodeCheck, script_check, words_of
from harness.model.running_keepalived import RunningKeepalived
from harness.model.vrrp_instance import VrrpInstance

MARK: Final = "mark "
"""Begins the word before a password's mark; the name of the mark's key follows. Only marks of one key compare."""


def settings_of(running: RunningKeepalived) -> tuple[VrrpSettings, ...]:
    checks, delay = tuple(_checks(running)), running.startup_delay_ns
    return tuple(replace(_settings(told), checks=checks, startup_delay_ns=delay) for told in running.instances)


def _checks(running: RunningKeepalived) -> Iterator[NodeCheck]:
    for script in running.scripts:
        text = " ".join(words_of(script.command))
        yield script_check(script.name, script.interval_ns, script.fall, script.rise, text)
    yield from (NodeCheck(process.name, "process") for process in running.processes)
    yield from (NodeCheck(file.name, "file") for file in running.files)
    yield from (NodeCheck(bfd.name, "bfd") for bfd in running.bfds)


def _settings(told: VrrpInstance) -> VrrpSettings:
    excluded = tuple(vip.address for vip in told.excluded)
    return VrrpSettings(
        instance=told.name,
        vrid=told.vrid,
        priority=told.priority,
        advert_int_ns=told.advert_int_ns,
        version=told.version,
        preempt=told.preempt,
        preempt_delay_ns=told.preempt_delay_ns,
        interface=told.base_interface,
        vips=(*(vip.address for vip in told.vips), *excluded),
        down_timer_adverts=told.down_timer_adverts,
        garp_master_delay_ns=told.garp_master_delay_ns,
        garp_master_repeat=told.garp_master_repeat,
        garp_master_refresh_ns=told.garp_master_refresh_ns,
        garp_master_refresh_repeat=told.garp_master_refresh_repeat,
        garp_lower_prio_delay_ns=told.garp_lower_prio_delay_ns,
        garp_lower_prio_repeat=told.garp_lower_prio_repeat,
        higher_prio_send_advert=told.higher_prio_send_advert,
        use_vmac=told.vmac,
        authentication=_authentication(told),
        unicast_peers=tuple(peer.address for peer in told.unicast_peers),
        excluded=excluded,
        sync_group=told.sync_group,
        weight=sum(added(script.weight, reverse=script.reverse, failed=False) for script in told.scripts),
    )


def _authentication(told: VrrpInstance) -> tuple[str, ...]:
    """In pairs, as a file has them: ``auth_type PASS``, and the mark instead of ``auth_pass``."""
    key, _, mark = told.password.partition(".")
    kind = ("auth_type", told.authentication) if told.authentication else ()
    return (*kind, f"{MARK}{key}", mark) if told.password else kind
