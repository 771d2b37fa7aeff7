"""Records of a ring are read in order, also the one that goes on at the ring's begin."""

import mmap
import struct

from harness.agents.network.perf import PAGES, Ring

SIZE = PAGES * mmap.PAGESIZE
SAMPLE, LOST = 9, 2


class Kernel(Ring):
    """Writes as the kernel does: records of 8 bytes' multiples, one behind the other, round and round."""

    def __init__(self) -> None:
        self._size = SIZE
        self._memory = mmap.mmap(-1, SIZE + mmap.PAGESIZE)
        self._tail = self._head = 0

    def write(self, data: bytes, kind: int = SAMPLE) -> None:
        record = struct.pack("=IHHI", kind, 0, 12 + len(data), len(data)) + data
        for byte in record:
            self._memory[mmap.PAGESIZE + self._head % SIZE] = byte
            self._head += 1
        struct.pack_into("=Q", self._memory, 1024, self._head)

    @property
    def given_back(self) -> int:
        return int(struct.unpack_from("=Q", self._memory, 1032)[0])


def test_records_are_read_once_and_in_order() -> None:
    kernel = Kernel()
    kernel.write(b"one " * 5)
    kernel.write(b"two " * 7)
    assert [*kernel.read()] == [b"one " * 5, b"two " * 7]
    assert [*kernel.read()] == []
    kernel.write(b"four")
    assert [*kernel.read()] == [b"four"]
    assert kernel.given_back == 12 * 3 + 52


def test_a_record_goes_on_at_the_begin() -> None:
    kernel = Kernel()
    data = [bytes([number]) * 60_000 for number in range(20)]
    for each in data:
        kernel.write(each)
        assert [*kernel.read()] == [each]
    assert kernel.given_back > 2 * SIZE


def test_what_says_that_some_were_lost_is_no_frame() -> None:
    kernel = Kernel()
    kernel.write(bytes(16), LOST)
    kernel.write(b"frame here..")
    assert [*kernel.read()] == [b"frame here.."]
