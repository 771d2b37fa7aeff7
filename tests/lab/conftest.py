"""One lab for all tests that can share it: brought up once, and taken down at the end if it was not up before."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.lab import baseline, engine, images
from harness.lab.configure import configure
from harness.lab.dockerfile import BALANCER
from harness.lab.live import LiveLab
from harness.model.configuration import DEFAULT, Configuration
from tests.lab import shared
from tests.lab.installed import built


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
    return configured(standing_lab, Configuration.load(DEFAULT))


@pytest.fixture(scope="module")
def quick_lab(standing_lab: str) -> str:
    """The same with adverts every 0.3 s, for tests of what a takeover is only the sign of: it comes in 1.1 s, not 3.6.

    Not 0.1 s: a master that waits 0.3 s for a processor would lose its VIP.
    """
    return configured(standing_lab, Configuration.load(DEFAULT).with_vrrp("quick", advert_int=0.3))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("dist"))


def configured(name: str, configuration: Configuration) -> str:
    with LiveLab(name, patience_s=20) as live:
        live.wait_wired()
        live.lab.reset()
        baseline.amend(live.lab, configuration, configure(live.lab, configuration))
        live.wait_agreed()
        live.wait_served()
    return name
