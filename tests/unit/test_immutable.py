"""What was recorded or judged stays as it is: whoever has read it may keep what follows from it."""

import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules

import msgspec
import pytest

from harness import experiment, history, recovery
from harness.agents import journal


def modules() -> Iterator[str]:
    for package in (history, experiment, recovery):
        yield from (each.name for each in iter_modules(package.__path__, f"{package.__name__}."))
    yield journal.__name__


def frozen(module: str) -> Iterator[tuple[str, bool]]:
    """Every struct and dataclass that the module defines: is it?"""
    for name, each in inspect.getmembers(import_module(module), inspect.isclass):
        if each.__module__ == module and issubclass(each, msgspec.Struct):
            yield name, each.__struct_config__.frozen
        elif each.__module__ == module and is_dataclass(each):
            yield name, each.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", list(modules()))
def test_its_data_is_frozen(module: str) -> None:
    assert [name for name, is_frozen in frozen(module) if not is_frozen] == []
