"""The lines of a log, packed by gzip or not: what log rotation leaves. Memory is bounded, however long a line is."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from harness.model.errors import UsageError

LONGEST: Final = 65_536  # bytes; the rest of a longer line counts as a line of its own
_GZIP: Final = b"\x1f\x8b"


def lines(path: Path, most: int) -> Iterator[str]:
    """The first `most`. Raises `UsageError` if the file cannot be read or unpacked."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if packed else raw
            for line in islice(iter(lambda: stream.readline(LONGEST), b""), most):
                yield line.decode(errors="replace")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{str(path)!r} cannot be unpacked: {error}.") from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
