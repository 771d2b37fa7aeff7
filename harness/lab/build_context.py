"""What images are built from: the checkout as it is, or an installed package laid out like one.

An engine gets one folder, in which paths are as the Dockerfiles name them: ``compose/…``, ``harness/…``,
``locustfiles/…``.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from harness.model import folders

COPIED: Final = ("compose", "locustfiles")  # beside harness/: no Dockerfile needs more of what a wheel ships
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", folders.SHIPPED.name)


@contextmanager
def build_context(root: Path) -> Iterator[Path]:
    """`root`, if it is a checkout; else a copy, 2 MB, that is removed at the end."""
    if root != folders.SHIPPED:
        yield root
        return
    with tempfile.TemporaryDirectory(prefix="failover-harness-") as folder:
        lay_out(Path(folder), folders.PACKAGE, root)
        yield Path(folder)


def lay_out(into: Path, package: Path, shipped: Path) -> None:
    """The same files with the same modes as in the checkout, so the same digests: nothing is built twice."""
    shutil.copytree(package, into / "harness", ignore=_LEFT_OUT)
    for name in COPIED:
        shutil.copytree(shipped / name, into / name, ignore=_LEFT_OUT)
