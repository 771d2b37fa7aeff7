"""Feature switches: a feature is on while its file exists. It applies from the next statement on."""

import os
from pathlib import Path

FOLDER = Path("/etc/api/features")
FORCE_INDEX = os.fspath(FOLDER / "force_index")
CACHE_TOKENS = os.fspath(FOLDER / "cache_tokens")


def on(switch: str) -> bool:
    return os.path.exists(switch)  # noqa: PTH110 - for every call: takes a third of the time of Path.exists
