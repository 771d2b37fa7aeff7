"""The name of a lab. Alone here: each command has `--lab`, and most of them do nothing with Compose."""

import re
from typing import Final

from harness.model.errors import BadValue

DEFAULT_LAB: Final = "failover-harness"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def is_name(lab: str) -> bool:
    """It names a Compose project, and the folder of a topology of its own."""
    return bool(_NAME.fullmatch(lab))


def lab_name(lab: str) -> str:
    """The same. Raises `BadValue`: Compose would refuse it later, and in other words."""
    if not is_name(lab):
        raise BadValue("--lab", lab, "1 to 40 lower-case letters, digits, '-' and '_', no '-' or '_' first")
    return lab
