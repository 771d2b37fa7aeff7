"""A capture as a history: what a report can draw."""

from pathlib import Path

from harness.capture.as_history import STEP, as_history, named
from harness.capture.judge import read_scenes
from tests.captures import LB1, LB2, june_13
from tests.frames import BEGIN, VIP


def test_june_13_as_a_history(tmp_path: Path) -> None:
    files = june_13().write(tmp_path)
    (scene,), _, _ = read_scenes(files, VIP, {"lb1.pcap": LB1, "lb2.pcap": LB2}, {})
    history = as_history(scene)
    step = history.step(1, STEP)
    vip = history.topology.virtual_router().first
    assert history.topology.vantages["10-88-2-2"].cache in history.tables.caches
    assert (step.began_ns, step.ends_ns) == (scene.begin, scene.end)
    assert [node for _, node in history.takeovers(vip, step.window)] == [named(LB2)]
    assert list(history.arp(step.ends_ns).values()) == [named(LB2)]
    assert history.tables.owners_at(vip, step.ends_ns) == [named(LB1)]
    assert len(history.garps(vip, named(LB2))) == 1
    assert len(history.adverts(["captured"], 51)) > 100
    arrivals = history.arrivals("10-88-2-2")
    assert 200 < len(arrivals) < 240
    assert set(arrivals["balancer"].tolist()) == {0, 1, 2}
    assert abs(scene.begin - BEGIN) % 1_000_000_000 < 100_000_000
