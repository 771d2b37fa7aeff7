"""The bounds that a router's adverts imply: the same formulas as a run's, with the timers that adverts tell.

Adverts do not tell `down_timer_adverts`, delays and preemption: keepalived's defaults are taken.
"""

from functools import lru_cache

from msgspec.structs import replace

from harness.capture.machine import Machine
from harness.capture.scene import Scene
from harness.model.keepalived import VrrpSettings
from harness.model.limits import Limit, bounds_of

_DOWN_TIMER_ADVERTS = 3
_DEFAULT_PRIORITY = 100


@lru_cache(maxsize=8)
def bounds(scene: Scene) -> dict[str, Limit]:
    """Name of a bound in `RouterLimits` → the bound, for the lowest priority that each node told."""
    lowest = min((node.lowest for node in scene.nodes.values() if node.lowest), default=_DEFAULT_PRIORITY)
    settings = {
        name: replace(settings_of(scene, node), priority=node.lowest or lowest) for name, node in scene.nodes.items()
    }
    least = min(settings.values(), key=lambda node: node.priority)
    return bounds_of(settings if len(settings) > 1 else settings | {"": replace(least, instance="")})


def settings_of(scene: Scene, node: Machine) -> VrrpSettings:
    """A node that sent no advert has the router's lowest priority: its takeover would be the slowest."""
    told = [each.priority for each in scene.nodes.values() if each.priority]
    said = node.said[0] if node.said else next((x.said[0] for x in scene.nodes.values() if x.said), None)
    return VrrpSettings(
        instance=f"VRID {scene.vrid}",
        vrid=scene.vrid,
        priority=node.priority or min(told, default=_DEFAULT_PRIORITY),
        advert_int_ns=scene.interval_ns,
        version=said.version if said else 3,
        down_timer_adverts=_DOWN_TIMER_ADVERTS,
        preempt=True,
        preempt_delay_ns=0,
        higher_prio_send_advert=False,
        interface="",
        use_vmac=node.vmac,
        vips=said.vips if said else (scene.vip,),
        garp_lower_prio_delay_ns=0,
        garp_lower_prio_repeat=0,
        garp_master_delay_ns=0,
        garp_master_repeat=0,
        garp_master_refresh_ns=0,
        garp_master_refresh_repeat=0,
        authentication=(),
        unicast_peers=(),
        excluded=(),
        sync_group="",
        weight=0,
    )
