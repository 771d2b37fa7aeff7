"""A whole lab for the duration of a measurement."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.lab import compose
from harness.lab.ready import bring_up, running
from harness.model.configuration import DEFAULT, Configuration
from harness.model.errors import UsageError


@contextmanager
def temporary_lab(name: str, *overlays: str) -> Iterator[None]:
    """Up in the body with these overlays, removed after. Raises `UsageError` if the lab is up: it is in use."""
    refuse_existing(name)
    try:
        bring_up(name, Configuration.load(DEFAULT), quiet, overlays)
        yield
    finally:
        compose.down(name)


def refuse_existing(name: str) -> None:
    if running(name):
        raise UsageError(f"The lab {name!r} is up; a bench takes its own down. Name another: --lab NAME.")


def quiet(_text: str) -> None:
    """Takes progress and prints nothing."""
