"""One value at a time at one place: what is asked a second time, with another value, is refused."""

import pytest

from harness.agents.executor import Ready
from harness.agents.network.claims import Claims
from harness.model.errors import AgentError
from harness.model.ops import Lose

ONE, OTHER = Lose("trunk.a", "egress", 10.0), Lose("trunk.a", "egress", 20.0)


class Kernel:
    def __init__(self) -> None:
        self.did: list[str] = []
        self.refuses = False

    def ready(self, name: str) -> Ready:
        return Ready(lambda: self._do(name), lambda: self.did.append(f"no {name}"))

    def _do(self, name: str) -> None:
        if self.refuses:
            raise OSError("refused")
        self.did.append(name)


def test_another_value_is_refused_until_the_undo_of_the_first() -> None:
    claims, kernel = Claims(), Kernel()
    one, other = claims.guarded(ONE, "here", kernel.ready("one")), claims.guarded(OTHER, "here", kernel.ready("other"))
    one.apply()
    with pytest.raises(AgentError, match=r"lose trunk\.a egress 10\.0 is in force there"):
        other.apply()
    other.undo()
    assert kernel.did == ["one"]
    one.undo()
    other.apply()
    assert kernel.did == ["one", "no one", "other"]


def test_the_same_twice_is_done_and_undone_once() -> None:
    """The conductor undoes the last of them alone; an undo may be repeated."""
    claims, kernel = Claims(), Kernel()
    first, second = (claims.guarded(ONE, "here", kernel.ready("one")) for _ in range(2))
    first.apply()
    second.apply()
    second.undo()
    second.undo()
    assert kernel.did == ["one", "no one"]


def test_a_place_of_its_own_is_free() -> None:
    claims, kernel = Claims(), Kernel()
    claims.guarded(ONE, "here", kernel.ready("one")).apply()
    claims.guarded(OTHER, "there", kernel.ready("other")).apply()
    assert kernel.did == ["one", "other"]


def test_what_the_kernel_refused_is_not_in_force() -> None:
    claims, kernel = Claims(), Kernel()
    kernel.refuses = True
    with pytest.raises(OSError, match="refused"):
        claims.guarded(ONE, "here", kernel.ready("one")).apply()
    kernel.refuses = False
    claims.guarded(OTHER, "here", kernel.ready("other")).apply()
    assert kernel.did == ["other"]
