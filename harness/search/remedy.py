"""One changed line of keepalived.conf each, tried against what a search found. The same line on every node."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.model.keepalived import ADDRESS_OWNER
from harness.model.units import s
from harness.simulation.settings import Settings
from harness.simulation.watch import Watch


class Remedy(NamedTuple):
    """`line`: what to write, and where."""

    line: str
    change: Callable[[Settings], Settings]

    def on(self, settings: Mapping[str, tuple[Settings, ...]]) -> dict[str, tuple[Settings, ...]]:
        return {node: tuple(map(self.change, each)) for node, each in settings.items()}

    def changes(self, settings: Mapping[str, tuple[Settings, ...]]) -> bool:
        """Is it not in force already?"""
        return self.on(settings) != dict(settings)


def _vrrp(**fields: object) -> Callable[[Settings], Settings]:
    return lambda settings: replace(settings, vrrp=replace(settings.vrrp, **fields))


def _unless(
    cleared: Callable[[Settings], bool], change: Callable[[Settings], Settings]
) -> Callable[[Settings], Settings]:
    """`cleared`: keepalived clears the setting of such an instance, so that the line changes nothing."""
    return lambda settings: settings if cleared(settings) else change(settings)


def _clears_nopreempt(settings: Settings) -> bool:
    """vrrp_complete_instance() in vrrp.c"""
    return settings.state_master or settings.vrrp.priority == ADDRESS_OWNER


def _clears_preempt_delay(settings: Settings) -> bool:
    """As above."""
    return settings.state_master or settings.strict or not settings.vrrp.preempt


def _strict(settings: Settings) -> bool:
    return settings.strict


REMEDIES: Final = (
    Remedy("vrrp_higher_prio_send_advert true (global_defs)", _unless(_strict, _vrrp(higher_prio_send_advert=True))),
    Remedy(
        "garp_master_refresh 10 (vrrp_instance)", _vrrp(garp_master_refresh_ns=10 * s, garp_master_refresh_repeat=1)
    ),
    Remedy("use_vmac (vrrp_instance)", _vrrp(use_vmac=True)),
    Remedy("no vmac_xmit_base (vrrp_instance)", lambda settings: replace(settings, xmit_base=False)),
    Remedy("no dont_track_primary (vrrp_instance)", lambda settings: replace(settings, tracks_card=True)),
    Remedy("nopreempt (vrrp_instance)", _unless(_clears_nopreempt, _vrrp(preempt=False))),
    Remedy("preempt_delay 5 (vrrp_instance)", _unless(_clears_preempt_delay, _vrrp(preempt_delay_ns=5 * s))),
    Remedy("garp_master_delay 1 (vrrp_instance)", _vrrp(garp_master_delay_ns=1 * s)),
    Remedy("down_timer_adverts 10 (vrrp_instance)", _vrrp(down_timer_adverts=10)),
    Remedy(
        "vrrp_lower_prio_no_advert true (global_defs)", lambda settings: replace(settings, lower_prio_no_advert=True)
    ),
)
"""Against what splits a pair, or leaves caches behind."""


def _watching(change: Callable[[tuple[Watch, ...]], tuple[Watch, ...]]) -> Callable[[Settings], Settings]:
    return lambda settings: replace(settings, watches=change(settings.watches))


_ASKS: Final = Watch("script", "asks HAProxy", "answer", interval_ns=s, waits_ns=s, fall=2)

LASTING: Final = (
    Remedy(
        "a vrrp_script that asks HAProxy for an answer, interval 1, fall 2, without a weight, tracked by the instance",
        _watching(lambda watches: (*watches, _ASKS)),
    ),
    Remedy(
        "no weight of what is tracked (track_script, track_process, track_interface)",
        _watching(lambda watches: tuple(replace(watch, weight=0) for watch in watches)),
    ),
    Remedy("no nopreempt (vrrp_instance)", _vrrp(preempt=True)),
    Remedy("no preempt_delay (vrrp_instance)", _vrrp(preempt_delay_ns=0)),
)
"""Against what lasts on one node, and its standby does not take over: HAProxy's failures among them."""
