"""A conductor, and one that has inherited what could not be undone."""

from pathlib import Path

import pytest

from harness.model.ops import plan
from tests.conductor_stage import DROP, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def heir(stage: Stage) -> Stage:
    """The next life of an agent that held DROP, and cannot undo it at its start."""
    stage.arm(plan([DROP]))
    stage.until_broken()
    stage.world.unseen = True
    stage.begin_again()
    assert stage.conductor.replay() == 0
    return stage
