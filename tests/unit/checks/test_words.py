"""How findings write lists."""

import pytest

from harness.checks._words import names, rivals, unsettled
from harness.model.ops import Drop
from tests.histories import HistoryBuilder


@pytest.mark.parametrize(
    "words, told",
    [
        ([], "no node"),
        (["a"], "a"),
        (["a", "a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c", "b"], "a, b and c"),
    ],
)
def test_names(words: list[str], told: str) -> None:
    assert names(words) == told


@pytest.mark.parametrize(
    "nodes, told", [(("a", "b"), "both nodes"), (("a", "b", "c"), "several nodes"), (tuple("abcd"), "several nodes")]
)
def test_rivals(nodes: tuple[str, ...], told: str) -> None:
    assert rivals(nodes) == told


def test_only_the_fault_that_is_still_held_is_named() -> None:
    _, step = HistoryBuilder().drop("trunk.a", 0.0, 1.0).drop("trunk.b", 0.0, None).judged()
    assert unsettled(step) == f"A fault is still held, so nothing has to be settled: {Drop('trunk.b', 'ingress')}."
