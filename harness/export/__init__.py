"""A run for the tools that people have. One file is one format: ``pcapng.py`` holds the format ``pcapng``.

This folder is the registry. Modules with a leading underscore are what formats share. A format reads the run's folder
and nothing else, so it works for a run of any age.
"""

import pkgutil
from importlib import import_module
from typing import Final

from harness.export._format import Format, Part
from harness.export._job_page import gate_page, run_page
from harness.export._recorded import Recorded


def _load(name: str) -> Format:
    found = import_module(f"{__name__}.{name}").FORMAT
    assert isinstance(found, Format), f"{name}.py must define FORMAT"
    return found


ALL: Final[dict[str, Format]] = {
    module.name: _load(module.name) for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")
}

__all__ = ["ALL", "Format", "Part", "Recorded", "gate_page", "run_page"]
