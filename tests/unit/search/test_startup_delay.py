"""A keepalived with ``vrrp_startup_delay``: it reads no advert and takes over nothing until the delay is over."""

from msgspec.structs import replace

from harness.model import ops
from harness.model.ops import Part
from harness.model.units import ms, s
from harness.search.pair import SimulatedPair
from harness.search.subject import of_site
from harness.simulation.processes import RESTART_AFTER
from harness.simulation.settings import settings_of
from tests.lint_pairs import conf, two


def delayed(seconds: int) -> SimulatedPair:
    pair = two(confs=(conf(101), conf(100)))
    nodes = [node._replace(running=replace(node.running, startup_delay_ns=seconds * s)) for node in pair.nodes]
    return of_site("texts", pair._replace(nodes=tuple(nodes))).pair()


def restarted(pair: SimulatedPair, *nodes: str) -> int:
    """When lb1 is master after keepalived of these nodes was restarted."""
    pair.world.begin(pair._at_rest(300 * ms))
    pair.world.plan([Part(ops.ServiceRestart(node, "keepalived"), 0) for node in nodes])
    pair.world.run(30 * s)
    return next(each.t for each in pair.told() if (each.node, each.state) == ("lb1", "MASTER"))


def master_down_ns(pair: SimulatedPair) -> int:
    return next(pair.world.nodes.on("lb1")).master_down_ns()


def test_a_new_keepalived_takes_over_a_whole_master_down_after_its_startup_delay() -> None:
    """Neither node sends meanwhile."""
    pair = delayed(10)
    assert restarted(pair, "lb1", "lb2") == RESTART_AFTER + 10 * s + master_down_ns(pair)
    assert pair.settle_ns >= 10 * s + master_down_ns(pair)


def test_a_new_keepalived_hears_nothing_until_its_startup_delay_is_over() -> None:
    """Each advert of lower priority that was read in the delay would make the timer of lb1 longer."""
    pair = delayed(10)
    assert restarted(pair, "lb1") == RESTART_AFTER + 10 * s + master_down_ns(pair)


def test_a_file_tells_its_startup_delay() -> None:
    text = "global_defs {\nvrrp_startup_delay 2.5\n}\n" + conf(101)
    assert [one.startup_delay_ns for one in settings_of(text)] == [2_500 * ms]
