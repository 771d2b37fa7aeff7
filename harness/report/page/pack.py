"""Arrays → one blob for a browser: ``u32 length of the head | head (JSON) | arrays``, gzip, base64.

An array is written as byte planes (all lowest bytes, then all second bytes, …): gzip then sees runs. Times are whole
microseconds since the trial's zero, as differences: a schedule of 5 ms is one run of equal bytes.
"""

import base64
import gzip
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LATENCY_UNIT_US: Final = 100
LATENCY_COARSE_US: Final = 2_000
LATENCY_KNEE: Final = 0x8000


class Blob:
    """Each method keeps an array and returns the number by which the head names it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._arrays: list[tuple[str, int]] = []

    def times(self, microseconds: Array) -> int:
        """In order, as differences: of 4 bytes, or of 8 where two are more than 71 minutes apart."""
        values = np.asarray(microseconds, np.int64)
        steps = np.diff(values, prepend=values[:1])
        first = int(values[0]) if len(values) else 0
        wide = bool(len(steps)) and int(steps.max()) >= 2**32
        return self._add(f"{'T' if wide else 't'}{first}", steps.astype("<u8" if wide else "<u4"))

    def lengths(self, microseconds: Array) -> int:
        """Of intervals; at most 2**53 µs, which a browser counts exactly."""
        return self._add("L", np.asarray(microseconds).clip(0, 2**53).astype("<u8"))

    def numbers(self, values: Array) -> int:
        """From 0 to 2**32 − 1; what is outside is shown as the nearest of them."""
        return self._add("u", np.asarray(values, np.int64).clip(0, 2**32 - 1).astype("<u4"))

    def shorts(self, values: Array) -> int:
        return self._add("h", np.asarray(values).astype("<u2"))

    def codes(self, values: Array) -> int:
        return self._add("c", np.asarray(values).astype("u1"))

    def encoded(self, head: msgspec.Struct, level: int = 6) -> str:
        """Base64: no character of it acts in HTML."""
        text = msgspec.json.encode((head, self._arrays))
        raw = len(text).to_bytes(4, "little") + text + b"".join(self._pieces)
        return base64.b64encode(gzip.compress(raw, level, mtime=0)).decode()

    def _add(self, kind: str, values: Array) -> int:
        planes = values.view("u1").reshape(len(values), values.itemsize).T
        self._pieces.append(np.ascontiguousarray(planes).tobytes())
        self._arrays.append((kind, len(values)))
        return len(self._arrays) - 1


def latency_codes(microseconds: Array) -> Array:
    """u16: units of 0.1 ms below 3.2768 s, of 2 ms above, at most 68.8 s."""
    fine = microseconds // LATENCY_UNIT_US
    coarse = LATENCY_KNEE + (microseconds - LATENCY_KNEE * LATENCY_UNIT_US) // LATENCY_COARSE_US
    return np.clip(np.where(fine < LATENCY_KNEE, fine, coarse), 0, 0xFFFF)
