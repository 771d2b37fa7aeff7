"""`harness reset`."""

import time

from harness.cli._console import DEFAULT, Json, LabName, print_json, show
from harness.lab import ready


def reset(*, lab: LabName = DEFAULT, json: Json = False) -> None:
    """Undo every fault, flush all caches, and wait until nodes and caches agree again. The lab stays up.

    Examples:

      harness reset
    """
    began = time.monotonic()
    ready.reset(lab)
    took = round(time.monotonic() - began, 3)
    if json:
        print_json({"lab": lab, "reset_s": took})
    else:
        show(f"reset {lab}: every cache agrees after {took:.2f} s")
