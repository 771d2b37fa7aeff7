"""One lab for all tests that can share it: brought up once, and taken down at the end if it was not up before."""

from collections.abc import Iterator

import docker
import pytest

from harness.lab import baseline, engine, images
from harness.lab.configure import configure
from harness.lab.dockerfile import BALANCER
from harness.lab.live import LiveLab
from harness.model.configuration import DEFAULT, Configuration
from tests.lab import shared


def pytest_configure(config: pytest.Config) -> None:
    shared.LAB = config.getoption("--lab")


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    """The engine, with the balancers' image."""
    client = engine.connect()
    images.ensure_images(print, wanted={BALANCER})
    yield client
    client.close()


@pytest.fixture(scope="module")
def lab(standing_lab: str) -> str:
    """The shared lab as `up` leaves it, whatever the module before did to it."""
    with LiveLab(standing_lab, patience_s=20) as live:
        live.wait_wired()
        live.lab.reset()
        as_shipped = Configuration.load(DEFAULT)
        baseline.amend(live.lab, as_shipped, configure(live.lab, as_shipped))
        live.wait_agreed()
        live.wait_served()
    return standing_lab
