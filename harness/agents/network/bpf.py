"""The few calls of bpf(2) that a delay needs, without a library: a program at a device's way out.

Structures: linux/bpf.h (union bpf_attr, struct bpf_insn, struct __sk_buff). The program is at the device as long as
a process has its link open (tcx, Linux 6.6): when that process ends, however it ends, frames pass as before.
"""

import ctypes
import errno
import os
import platform
import struct
from typing import Final

_CALL: Final = {"x86_64": 321, "aarch64": 280}
_MAP_CREATE, _MAP_UPDATE, _PROG_LOAD, _LINK_CREATE = 0, 2, 5, 28
_PERF_EVENT_ARRAY, _SCHED_CLS, _TCX_EGRESS = 4, 3, 47
_KTIME_GET_NS, _REDIRECT, _PERF_EVENT_OUTPUT = 5, 23, 25
_LEN, _MARK, _GSO_SIZE = 0, 8, 176  # in struct __sk_buff
_NEXT: Final = -1

META: Final = struct.Struct("=QII")
"""What the program puts before each frame: the instant (CLOCK_MONOTONIC, ns), the size of its segments, its length."""


def load(frames: int, mark: int) -> int:
    """A program that gives each frame to the map `frames` and drops it, but lets those with `mark` pass.

    Raises `OSError`, also for a kernel without tcx.
    """
    code, licence = _program(frames, mark), ctypes.create_string_buffer(b"GPL")
    text = ctypes.create_string_buffer(code)
    attributes = struct.pack(
        "=IIQQIIQII16sII",
        _SCHED_CLS, len(code) // 8, ctypes.addressof(text), ctypes.addressof(licence), 0, 0, 0, 0, 0, b"delay",
        0, _TCX_EGRESS,
    )  # fmt: skip
    program = _bpf(_PROG_LOAD, attributes)
    _expect_tcx(program)
    return program


def attach(program: int, index: int) -> int:
    """The link; it ends when it is closed. Raises `OSError`."""
    return _bpf(_LINK_CREATE, struct.pack("=IIIIIIQ", program, index, _TCX_EGRESS, 0, 0, 0, 0))


def _expect_tcx(program: int) -> None:
    """There is no device 0. An older kernel does not know what is asked."""
    try:
        attach(program, 0)
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise


def event_array(events: list[int]) -> int:
    """A map with one perf event for each processor."""
    array = _bpf(_MAP_CREATE, struct.pack("=IIIII", _PERF_EVENT_ARRAY, 4, 4, len(events), 0))
    for processor, event in enumerate(events):
        key, value = ctypes.c_uint32(processor), ctypes.c_uint32(event)
        _bpf(_MAP_UPDATE, struct.pack("=IxxxxQQQ", array, ctypes.addressof(key), ctypes.addressof(value), 0))
    return array


def _program(frames: int, mark: int) -> bytes:
    r0, r1, r2, r3, r4, r5, r6, stack = 0, 1, 2, 3, 4, 5, 6, 10
    return b"".join([
        _op(0xBF, r6, r1),  # r6 = the frame
        _op(0x61, r2, r6, _MARK),
        _op(0x55, r2, 0, 4, mark),  # not ours: on to the delay
        _op(0xB7, r2, imm=0),
        _op(0x63, r6, r2, _MARK),  # a frame that has waited is as it was
        _op(0xB7, r0, imm=_NEXT),
        _op(0x95),
        _op(0x85, imm=_KTIME_GET_NS),
        _op(0x7B, stack, r0, -16),
        _op(0x61, r2, r6, _GSO_SIZE),
        _op(0x63, stack, r2, -8),
        _op(0x61, r3, r6, _LEN),
        _op(0x63, stack, r3, -4),
        _op(0x67, r3, imm=32),  # flags: so many bytes of the frame, to the ring of this processor
        *_wide(r4, 0xFFFFFFFF),
        _op(0x4F, r3, r4),
        _op(0xBF, r1, r6),
        *_wide(r2, frames, 1),
        _op(0xBF, r4, stack),
        _op(0x07, r4, imm=-16),
        _op(0xB7, r5, imm=META.size),
        _op(0x85, imm=_PERF_EVENT_OUTPUT),
        _op(0xB7, r1, imm=0),  # to no device: the frame ends here (also if the ring is full); its sender sees no error
        _op(0xB7, r2, imm=0),
        _op(0x85, imm=_REDIRECT),
        _op(0x95),
    ])  # fmt: skip


def _op(code: int, target: int = 0, source: int = 0, offset: int = 0, imm: int = 0) -> bytes:
    return struct.pack("=BBhi", code, source << 4 | target, offset, imm)


def _wide(target: int, value: int, kind: int = 0) -> tuple[bytes, bytes]:
    low = struct.unpack("=i", struct.pack("=I", value & 0xFFFFFFFF))[0]
    return _op(0x18, target, kind, 0, low), _op(0, imm=value >> 32)


def _bpf(command: int, attributes: bytes) -> int:
    """Raises `OSError`."""
    libc, buffer = ctypes.CDLL(None, use_errno=True), ctypes.create_string_buffer(attributes, len(attributes))
    number = _CALL.get(platform.machine())
    if number is None:
        raise OSError(0, f"bpf is not known for {platform.machine()}")
    done = int(libc.syscall(number, command, buffer, len(attributes)))
    if done < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return done
