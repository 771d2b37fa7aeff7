"""One rig for the tests of a file, and a server for each test."""

from collections.abc import Iterator

import pytest

from harness.lab.load import LoadControl
from tests.lab.load.rig import COMPOSE, VANTAGES, Rig
from tests.lab.load.server import Server


@pytest.fixture(scope="module")
def compose() -> str:
    """A file of tests may have vantage points of its own."""
    return COMPOSE


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, compose: str) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("load"), compose)
    try:
        rig.start_master()
        for vantage in VANTAGES:
            rig.start_worker(vantage)
        yield rig
    finally:
        rig.close()


@pytest.fixture(scope="module")
def control(rig: Rig) -> LoadControl:
    return rig.control()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stalled = False
    server.close()
