"""Why a check was violated, in one paragraph from the history; what one would have seen; what ends it. Pure.

This folder is the registry: a module ``no_stale_arp`` explains the check ``no_stale_arp``. Modules with a leading
underscore are what explanations share. A sentence is written only if the history has the evidence for it; what the
history does not show is said in a sentence that begins with `UNKNOWN`.
"""

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Final

from harness.explain._logs import NO_LOGS, LogLine, Logs, read_logs
from harness.explain._registry import Explainer
from harness.explain._run import Explained, most_telling, of_run
from harness.explain._told import UNKNOWN, Explanation, Remedy, Seen
from harness.history import History, Step
from harness.model.outcome import Finding


def _load(name: str) -> Explainer:
    explainer = getattr(import_module(f"{__name__}.{name}"), name)
    assert isinstance(explainer, Explainer), f"{name}.py must define the explainer {name}"
    return explainer


ALL: Final[dict[str, Explainer]] = {
    module.name: _load(module.name) for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
}


def explain(history: History, step: Step, finding: Finding, logs: Logs = NO_LOGS) -> Explanation:
    """Why `finding`, which is violated, came about. Raises `KeyError` for a check without an explainer."""
    return ALL[finding.name](history, step, finding, logs)


def explain_run(run: Path, wanted: str = "", *, every: bool = False) -> list[Explained]:
    """The violated checks of a run's folder: of each test, step and check the first valid trial, or `every` one.

    `wanted`: one check alone. Raises `UsageError` if the folder is no run.
    """
    return list(of_run(run, ALL, wanted, every=every))


__all__ = [
    "ALL", "NO_LOGS", "UNKNOWN", "Explained", "Explainer", "Explanation", "LogLine", "Logs", "Remedy", "Seen",
    "explain", "explain_run", "most_telling", "read_logs",
]  # fmt: skip
