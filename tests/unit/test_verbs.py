"""A verb's file is imported when the verb is typed, and no other verb's: no command waits for what it does not need."""

import subprocess
import sys
from pathlib import Path

import pytest

import harness.cli
from harness.cli._verbs import PANEL_OF, about, loaded
from tests.command_line import Cli

FOLDER = Path(harness.cli.__file__).parent
FILES = {path.stem for path in FOLDER.glob("*.py") if not path.name.startswith("_")}
HEAVY = {"numpy", "docker", "requests", "yaml"}


def imported(*arguments: str) -> set[str]:
    """What a process of its own had imported when the command ended."""
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        f"sys.argv = ['harness', *{arguments!r}]; import harness.cli; harness.cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def verbs(modules: set[str]) -> set[str]:
    return {name for name in FILES if f"harness.cli.{name}" in modules}


def test_each_file_is_in_a_panel_of_the_help_and_each_name_has_a_file() -> None:
    assert set(PANEL_OF) == FILES


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_needs_no_verb_imports_none(option: str) -> None:
    modules = imported(option)
    assert not verbs(modules)
    assert not HEAVY & modules


def test_a_verb_that_is_typed_is_the_only_one_imported() -> None:
    modules = imported("rules", "vrid-mismatch")
    assert verbs(modules) == {"rules"}
    assert not (HEAVY - {"yaml"}) & modules


@pytest.mark.parametrize("verb", sorted(FILES))
def test_the_list_says_of_a_verb_what_its_own_help_says(verb: str) -> None:
    assert about(verb)
    assert " ".join(about(verb).split()) == " ".join((loaded(verb).help or "").split())


def test_a_misspelt_verb_gets_the_nearest(cli: Cli) -> None:
    ended = cli("lnit")
    assert (ended.code, "'lint'" in ended.err) == (2, True), ended.err
