"""What decides a verdict is data that nothing can change behind a check's back: every struct is frozen."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import msgspec
import pytest

import harness

PARTS = ("experiment", "history", "model", "recovery")


def structs(part: str) -> Iterator[type[msgspec.Struct]]:
    """That a module of this part defines."""
    package = import_module(f"{harness.__name__}.{part}")
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        classes = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == found.name]
        yield from (each for each in classes if issubclass(each, msgspec.Struct))


@pytest.mark.parametrize("part", PARTS)
def test_every_struct_is_frozen(part: str) -> None:
    found = list(structs(part))
    assert found
    assert [each.__qualname__ for each in found if not each.__struct_config__.frozen] == []
