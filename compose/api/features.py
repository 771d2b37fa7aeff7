"""Feature switches: a file's existence. Who operates the server creates or removes it; the next statement obeys."""

import os
from pathlib import Path

FOLDER = Path("/etc/api/features")
FORCE_INDEX = os.fspath(FOLDER / "force_index")
CACHE_TOKENS = os.fspath(FOLDER / "cache_tokens")


def on(switch: str) -> bool:
    return os.path.exists(switch)  # noqa: PTH110 - asked for on every call: a third of Path.exists
