"""Invariants of a failover pair, each a pure function of a history and a step. One file is one check.

This folder is the registry: a module ``no_stale_arp`` holds the check ``no_stale_arp``, reached as
``checks.no_stale_arp``. Modules with a leading underscore are what checks share.
"""

import pkgutil
from importlib import import_module
from typing import Final

from harness.checks._because import Cause, stale_because
from harness.checks._cause import CauseOfFull, cause
from harness.checks._check import Check
from harness.checks._noticing import stays
from harness.model.errors import UnknownName


def _load(name: str) -> Check:
    check = getattr(import_module(f"{__name__}.{name}"), name)
    assert isinstance(check, Check), f"{name}.py must define the check {name}"
    return check


ALL: Final[dict[str, Check]] = {
    module.name: _load(module.name) for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
}
globals().update(ALL)  # the check, not its module, is what `checks.NAME` means


def __getattr__(name: str) -> Check:
    """Python calls this for a name that does not exist. Type checkers take every name in here for a check."""
    raise AttributeError(str(UnknownName("check", name, ALL)))


__all__ = ["ALL", "Cause", "CauseOfFull", "Check", "cause", "stale_because", "stays"]
