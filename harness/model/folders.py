"""Where compose/, experiments/ and locustfiles/ are: at the top of a checkout, or in a package that a wheel installed.

A wheel has them in ``harness/_shipped/`` (pyproject.toml puts them there), a checkout has no such folder. In an image,
compose/ is beside harness/ as in a checkout.
"""

import os
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1]
SHIPPED: Final = PACKAGE / "_shipped"
INSTALLED: Final = SHIPPED.is_dir()
"""From a wheel. An editable install is a checkout."""

ROOT: Final = SHIPPED if INSTALLED else PACKAGE.parent
COMPOSE: Final = ROOT / "compose"
CONFIGURATIONS: Final = COMPOSE / "configurations"
EXPERIMENTS: Final = ROOT / "experiments"


def lab(name: str) -> Path:
    """What is kept of a lab with a topology of its own: ``.harness/labs/NAME``."""
    return state() / "labs" / name


def state(root: Path = ROOT) -> Path:
    """What the harness keeps for itself, logs and a lock of builds: ``.harness`` of a checkout.

    Of an installed package it is the user's state folder (XDG base directory specification, where a relative
    XDG_STATE_HOME is not valid): site-packages may belong to root, and every lab of a user waits for the same lock.
    """
    if root != SHIPPED:
        return root / ".harness"
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "state") / "failover-harness"
