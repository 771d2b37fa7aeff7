"""What holds of all of the model's data."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest

from harness import model

_NAMES = [each.name for each in pkgutil.walk_packages(model.__path__, f"{model.__name__}.")]


def _structs() -> Iterator[type[msgspec.Struct]]:
    """Each where it is defined."""
    for module in map(importlib.import_module, _NAMES):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
                yield value


@pytest.mark.parametrize("struct", [*_structs()], ids=lambda struct: f"{struct.__module__}.{struct.__name__}")
def test_data_is_frozen(struct: type[msgspec.Struct]) -> None:
    """Threads share it, histories keep it, and sets and dicts have it as their key: nothing may change it."""
    assert struct.__struct_config__.frozen
