"""What is read from an experiment's file without importing it, and how its tests are named and chosen."""

from pathlib import Path

import pytest

from harness.experiment.catalogue import Experiment, TestEntry, experiments, find_experiment, read_experiment
from harness.model.errors import UnknownName, UsageError

TEXT = '''"""An outage, told.

In more words.
"""

import pytest

NAME = "ours"
other = pytest.mark.overlay("no mark of this module")
pytestmark = [pytest.mark.lab, pytest.mark.only("linux"), made()("x"), pytest.mark.overlay("databases", "caches", NAME)]


def helper(trials):
    """No test."""


class test_nothing:
    """No function."""


def test_outage(trials):
    """It happens.

    And lasts.
    """


@pytest.mark.gate
@pytest.mark.configuration("patient", "and", "more")
@bare
def test_prevention(trials):
    pass


@pytest.mark.reproduction
@pytest.mark.lasts()
@pytest.mark.configuration(NAME)
def test_again(trials):
    """Once more."""
'''
TESTS = (
    TestEntry("outage", "reproduction", "default", "It happens."),
    TestEntry("prevention", "gate", "patient", ""),
    TestEntry("again", "reproduction", "", "Once more."),  # by a name: known when it is run
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_told.py").write_text(TEXT)
    (tmp_path / "test_bare.py").write_text("test_it = 1\n")
    (tmp_path / "test_with-dash.py").write_text("")
    (tmp_path / "helpers.py").write_text(TEXT)
    return tmp_path


def told(folder: Path) -> Experiment:
    return find_experiment("told", folder)


def test_an_experiment_is_read_from_its_file(folder: Path) -> None:
    path = str(folder / "test_told.py")
    assert told(folder) == Experiment("told", path, "An outage, told.", TESTS, ("databases", "caches"))


def test_a_file_without_a_word_is_an_experiment_without_tests(folder: Path) -> None:
    bare = find_experiment("bare", folder)
    assert (bare.about, bare.tests, bare.overlays) == ("", (), ())


def test_each_file_of_the_folder_is_one(folder: Path) -> None:
    assert [each.name for each in experiments(folder)] == ["bare", "told", "with-dash"]


def test_a_file_that_is_no_python_is_named_with_its_line(folder: Path) -> None:
    (folder / "test_torn.py").write_text("a = 1\ndef test_(:\n")
    with pytest.raises(UsageError, match=r"test_torn\.py, line 2: "):
        read_experiment(folder / "test_torn.py")


@pytest.mark.parametrize("path", ["./helpers.py", "helpers.py", "{folder}/test_told.py"])
def test_a_path_is_an_experiment_wherever_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(folder)
    assert find_experiment(path.format(folder=folder), Path("/nowhere")).tests == TESTS


@pytest.mark.parametrize("path", ["here/none.py", "none.py", "here/none"])
def test_a_path_without_a_file_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(UsageError, match=f"There is no experiment file '{path}'"):
        find_experiment(path, folder)


@pytest.mark.parametrize("name", ["tolt", "with-dash"])
def test_a_name_without_a_file_or_that_is_none_is_unknown(folder: Path, name: str) -> None:
    """A name is a word of Python, as a parameter of the command line can be completed."""
    with pytest.raises(UnknownName):
        find_experiment(name, folder)


def test_the_nearest_name_is_told(folder: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'told'"):
        find_experiment("tolt", folder)


@pytest.mark.parametrize(
    "only, chosen",
    [
        ("", ["outage", "prevention", "again"]),
        ("outage", ["outage"]),
        ("again,outage", ["outage", "again"]),  # in the file's order
        ("prevention[refresh],", ["prevention"]),
    ],
)
def test_tests_are_chosen_by_name(folder: Path, only: str, chosen: list[str]) -> None:
    assert [test.name for test in told(folder).choose(only)] == chosen


@pytest.mark.parametrize("only", ["outrage", "outage,outrage"])
def test_a_test_that_is_not_there_is_refused(folder: Path, only: str) -> None:
    with pytest.raises(UnknownName, match="test of told"):
        told(folder).choose(only)


def test_pytest_takes_an_entry_for_no_test_class() -> None:
    assert not TestEntry.__test__
