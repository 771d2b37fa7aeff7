"""What a node's HAProxy showed, sample by sample."""

from harness.explain._scene import Scene
from harness.explain._serving import tracks, why_unable
from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import VrrpConfigured
from harness.model.outcome import Finding
from harness.model.running_keepalived import RunningKeepalived, SyncGroup
from harness.model.virtual_router import VirtualRouter
from harness.model.vrrp_instance import Tracked, VrrpInstance
from tests.histories import LB1, HistoryBuilder, ns, running_instance


def scene_of(story: HistoryBuilder) -> Scene:
    history: History = story.build()
    return Scene(history, history.step(0, "blip"), Finding("holder_can_serve", "violated", ""))


def router_of(scene: Scene) -> VirtualRouter:
    return scene.routers[0]


def whole(scene: Scene) -> Interval:
    return Interval(scene.step.began_ns, scene.step.ends_ns)


def shown(story: HistoryBuilder) -> list[str]:
    scene = scene_of(story)
    return list(why_unable(scene, router_of(scene), LB1, whole(scene)))


def test_samples_that_are_good_between_bad_ones_are_not_claimed() -> None:
    story = HistoryBuilder().haproxy(LB1, 2.5, "silent").haproxy(LB1, 5.0).haproxy(LB1, 5.5, "silent")
    assert shown(story.haproxy(LB1, 9.0)) == [
        "HAProxy on lb-ext-1 did not answer `show stat` in 77 samples, the first at +3.500 s and the last at +9.960 s."
    ]


def test_a_backend_that_has_a_server_now_and_then() -> None:
    story = HistoryBuilder().haproxy(LB1, 2.5, "DOWN").haproxy(LB1, 5.0).haproxy(LB1, 5.5, "DOWN").haproxy(LB1, 9.0)
    (sentence,) = shown(story)
    assert " samples, the first at " in sentence
    assert " that was up from " not in sentence


def test_one_sample() -> None:
    story = HistoryBuilder().haproxy(LB1, 2.5, "silent").haproxy(LB1, 2.56)
    (sentence,) = shown(story)
    assert " in 1 sample, at +" in sentence


def tracked(instance: VrrpInstance, *groups: SyncGroup) -> list[str]:
    running = RunningKeepalived(instances=(instance,), groups=groups)
    scene = scene_of(HistoryBuilder().event(VrrpConfigured(ns(-1.9), LB1, 7, "start", running)))
    return list(tracks(scene, router_of(scene), LB1))


def test_a_file_and_what_the_sync_group_tracks_count_as_tracked() -> None:
    none = ["The instance external of lb-ext-1 tracks no script, file or process."]
    assert tracked(running_instance()) == none
    assert tracked(running_instance(files=(Tracked("health"),))) == ["The instance external of lb-ext-1 tracks health."]
    group = SyncGroup("both", ("external", "internal"), scripts=(Tracked("check"),), processes=(Tracked("haproxy"),))
    own = running_instance(scripts=(Tracked("check"),))
    assert tracked(own, group) == ["The instance external of lb-ext-1 tracks check, haproxy."]
    other = SyncGroup("other", ("internal",), scripts=(Tracked("check"),))
    assert tracked(running_instance(), other) == none
