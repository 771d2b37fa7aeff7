"""What is packed can be unpacked as the page's script does it, without loss."""

import base64
import gzip
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.page.pack import Blob, latency_codes

WIDTHS = {"t": 4, "T": 8, "L": 8, "u": 4, "h": 2, "c": 1}


class Head(msgspec.Struct, frozen=True):
    name: str


def unpacked(blob: Blob) -> tuple[Any, list[list[int]]]:
    """Written anew from the format's description, as decode.js is."""
    raw = gzip.decompress(base64.b64decode(blob.encoded(Head("x"))))
    size = int.from_bytes(raw[:4], "little")
    head, named = msgspec.json.decode(raw[4 : 4 + size])
    place, arrays = 4 + size, []
    for kind, n in named:
        width = WIDTHS[kind[0]]
        planes = np.frombuffer(raw[place : place + n * width], np.uint8).reshape(width, n).astype(object)
        values = [int(sum(int(planes[k, i]) << (8 * k) for k in range(width))) for i in range(n)]
        arrays.append([int(v) + int(kind[1:]) for v in np.cumsum(values)] if kind[0] in "tT" else values)
        place += n * width
    assert place == len(raw)
    return head, arrays


@given(st.lists(st.integers(-(2**45), 2**45), max_size=20).map(sorted))
def test_times_come_back(times: list[int]) -> None:
    blob = Blob()
    assert blob.times(np.array(times, np.int64)) == 0
    assert unpacked(blob) == ({"name": "x"}, [times])


def test_every_kind_comes_back_in_order() -> None:
    blob = Blob()
    numbers = [blob.numbers(np.array([0, 2**32 - 1])), blob.codes(np.array([3, 255])), blob.shorts(np.array([65535]))]
    numbers += [blob.lengths(np.array([2**40])), blob.times(np.array([], np.int64))]
    assert numbers == [0, 1, 2, 3, 4]
    assert unpacked(blob)[1] == [[0, 2**32 - 1], [3, 255], [65535], [2**40], []]


def test_a_number_that_does_not_fit_is_the_nearest() -> None:
    blob = Blob()
    blob.numbers(np.array([-5, 2**40]))
    assert unpacked(blob)[1] == [[0, 2**32 - 1]]


@given(st.lists(st.integers(0, 68_000_000), min_size=1, max_size=20))
def test_a_latency_loses_less_than_its_unit(took: list[int]) -> None:
    codes = [int(code) for code in latency_codes(np.array(took))]
    back = [code * 100 if code < 0x8000 else 3_276_800 + (code - 0x8000) * 2_000 for code in codes]
    assert all(0 <= was - now < (100 if was < 3_276_800 else 2_000) for was, now in zip(took, back, strict=True))


@pytest.mark.parametrize("took, code", [(0, 0), (10**9, 0xFFFF)])
def test_the_longest_latency_is_the_scales_end(took: int, code: int) -> None:
    assert latency_codes(np.array([took])).tolist() == [code]
