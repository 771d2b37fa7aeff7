"""What happened, in order: who became and ceased to be master, announcements, and where devices' frames went."""

from collections.abc import Iterable, Iterator
from typing import Final

from harness.capture.cache import changes
from harness.capture.scene import Scene
from harness.capture.tenure import Tenure, taken, tenures
from harness.model.outcome import Instant

MOST: Final = 200
_ENDS: Final = {
    "resigned": "resigns (priority 0)",
    "superseded": "sends no more adverts: a higher one of {rival} was there",
    "silent": "sends no more adverts, without a resignation",
}


def story(scene: Scene, beside: Iterable[Instant] = ()) -> tuple[Instant, ...]:
    """The first `MOST` events, with those of `beside`."""
    every = tenures(scene)
    found = [*_masters(scene, every), *_announcements(scene), *_leads(scene), *beside]
    return tuple(sorted(found, key=lambda each: each.t_ns)[:MOST])


def _masters(scene: Scene, every: list[Tenure]) -> Iterator[Instant]:
    begun = set(taken(scene, every))
    for each in every:
        word = "becomes master" if each in begun else "is master when the capture begins"
        yield Instant(each.first, f"{each.node} {word}")
        if each.end != "open":
            yield Instant(each.last, f"{each.node} {_ENDS[each.end].format(rival=each.rival)}")


def _announcements(scene: Scene) -> Iterator[Instant]:
    for node, times in scene.garps.items():
        yield from (Instant(t, f"{node} sends gratuitous ARP for {scene.vip}") for t in times[:MOST])


def _leads(scene: Scene) -> Iterator[Instant]:
    for device, leads in scene.leads.items():
        for lead in changes(leads)[:MOST]:
            yield Instant(lead.first, f"{scene.name_of(device)} addresses frames for {scene.vip} to {lead.node}")
