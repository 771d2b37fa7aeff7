"""A wheel in an environment of its own does what the checkout does, from a folder that knows nothing of it.

Nothing is downloaded: the environment borrows the dependencies of the one that runs the tests.
"""

import json
from pathlib import Path
from typing import Final

import msgspec
import pytest
from msgspec.structs import replace

from harness.cli.list import Catalogue, catalogue
from harness.lab import compose
from harness.lab.dockerfile import read_images
from harness.lab.doctor import Row, diagnose
from harness.lab.images import ensure_images
from harness.model.folders import ROOT
from tests.lab.installed import Installed, install

pytestmark = pytest.mark.lab

LAB: Final = "wheel-test"
DIGESTS: Final = """
from harness.lab.build_context import build_context
from harness.lab.dockerfile import read_images
from harness.model.folders import ROOT
with build_context(ROOT) as context:
    for image in read_images(context, "any"):
        print(image.name, image.content)
"""
IMPORTS: Final = """
import importlib, pkgutil, harness
names = [module.name for module in pkgutil.walk_packages(harness.__path__, "harness.")]
for name in names:
    if name != "harness.__main__" and not name.startswith("harness.agents"):  # those are for the images
        importlib.import_module(name)
print(len(names))
"""
EXPERIMENT: Final = """
import pytest
from harness import checks, faults
from harness.experiment import Trials
from harness.model.units import ms, s

@pytest.mark.gate
@pytest.mark.configuration("advert-100ms")
def test_blip(trials: Trials) -> None:
    for trial in trials:
        blip = trial.step("blip", faults.blackhole("trunk", duration=50 * ms), watch=s)
        assert blip.check(checks.no_stale_arp)
"""


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, tmp_path_factory.mktemp("wheel"), LAB)


@pytest.fixture(scope="module")
def images() -> None:
    """Built by the checkout."""
    ensure_images(print, wanted=compose.images())


@pytest.fixture
def namesakes(tmp_path: Path) -> Path:
    """A directory with packages of the user's own that have our names: they must not be taken for ours."""
    for name in ("harness", "experiments"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('a package of the user, not ours')\n")
    return tmp_path


def test_it_lists_what_the_checkout_has(installed: Installed, tmp_path: Path) -> None:
    found = msgspec.json.decode(installed.run(tmp_path, "harness", "list", "--json").stdout, type=Catalogue)
    of_the_wheel, of_the_checkout = _without_paths(found), _without_paths(catalogue())
    assert of_the_wheel == of_the_checkout
    assert all(Path(each.path).is_relative_to(installed.folder) for each in found.experiments)


def _without_paths(found: Catalogue) -> Catalogue:
    return replace(found, experiments=tuple(replace(each, path="") for each in found.experiments))


def test_every_module_that_it_has_can_be_imported(installed: Installed, tmp_path: Path) -> None:
    assert int(installed.run(tmp_path, "python", "-c", IMPORTS).stdout)
    assert list(installed.folder.glob("lib/python*/site-packages/harness/py.typed"))


def test_a_run_is_planned_and_pytest_finds_its_tests(installed: Installed, namesakes: Path) -> None:
    plan = json.loads(installed.run(namesakes, "harness", "run", "june_13", "--dry-run", "--json").stdout)
    assert "outage" in plan["tests"]
    interpreter, *arguments = plan["command"]
    assert Path(interpreter).parent == installed.folder / "bin"
    found = installed.run(namesakes, "python", *arguments, "--collect-only")
    assert f"tests: {len(plan['tests'])}, trials:" in found.stderr


def test_every_experiment_that_travels_can_be_collected(installed: Installed, tmp_path: Path) -> None:
    """With the checkout's own settings of pytest, whatever those of the user are."""
    (experiments,) = installed.folder.glob("lib/python*/site-packages/harness/_shipped/experiments")
    options = ("--collect-only", "-p", "no:cacheprovider")
    said = installed.run(tmp_path, "python", "-m", "pytest", str(experiments), *options).stdout
    assert f"rootdir: {experiments.parent}\nconfigfile: pyproject.toml" in said


def test_ones_own_experiment_is_collected_by_the_plugin(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(EXPERIMENT)
    options = ("--collect-only", "--quiet", "--strict-markers", "--trials=2")
    found = installed.run(tmp_path, "python", "-m", "pytest", *options)
    assert "test_mine.py::test_blip" in found.stdout


@pytest.mark.usefixtures("images")
def test_the_doctor_says_the_same_as_the_checkouts(installed: Installed, tmp_path: Path) -> None:
    expected = diagnose()
    missing = [row for row in expected if row.verdict == "missing"]
    assert not missing, "the other tests of this folder, which have passed, need all that may be missing"
    rows = msgspec.json.decode(installed.run(tmp_path, "harness", "doctor", "--json").stdout, type=list[Row])
    assert [(row.what, row.verdict) for row in rows] == [(row.what, row.verdict) for row in expected]


def test_images_have_the_checkouts_digests(installed: Installed, tmp_path: Path) -> None:
    of_the_wheel = installed.run(tmp_path, "python", "-c", DIGESTS).stdout.split()
    assert of_the_wheel == [word for image in read_images(ROOT, "any") for word in (image.name, image.content)]


@pytest.mark.nightly
@pytest.mark.usefixtures("images")
def test_a_lab_is_brought_up_and_taken_down(installed: Installed, tmp_path: Path) -> None:
    """With the images that the checkout has built, and without a trace where the user works."""
    try:
        said = installed.run(tmp_path, "harness", "up").stderr
        status = json.loads(installed.run(tmp_path, "harness", "status", "--json").stdout)
    finally:
        installed.run(tmp_path, "harness", "down")
    assert "building" not in said
    assert status["owners"] == {"external": ["lb-ext-1"]}
    assert (installed.state / "failover-harness" / "build.lock").is_file()
    assert not list(tmp_path.iterdir())
