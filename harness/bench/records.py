"""What the load's workers recorded between two syncs, read from their spools."""

from collections.abc import Mapping

import numpy as np

from harness.history.history import Requests
from harness.lab.exec import ExecStream, find_container
from harness.lab.lab import Lab
from harness.model.errors import NotMeasured
from harness.model.load import SPOOL
from harness.model.requests import DTYPE, RECORD, Stream


def read_records(lab: Lab, begins: Mapping[str, int], ends: Mapping[str, int]) -> dict[str, Requests]:
    """Vantage point → its probe's requests in order of `due`. Offsets in bytes, as `LoadControl.sync` returns them."""
    return {vantage: _probes(_read(lab, vantage, begins[vantage], ends[vantage])) for vantage in begins}


def _read(lab: Lab, vantage: str, begin: int, end: int) -> bytes:
    """Raises `NotMeasured` if the spool has less."""
    container = find_container(lab.docker, lab.name, vantage)
    stream = ExecStream(container, ["sh", "-c", f"tail -c +{begin + 1} {SPOOL} | head -c {end - begin}"])
    data = b""
    while len(data) < end - begin:
        piece = stream.read()
        if not piece:
            raise NotMeasured(f"The spool of {vantage} ended {end - begin - len(data)} bytes early: {stream.stderr!r}")
        data += piece
    stream.close()
    return data


def _probes(data: bytes) -> Requests:
    records = np.frombuffer(data[: len(data) // RECORD.size * RECORD.size], DTYPE)
    probes = records[records["stream"] == Stream.probe]
    ordered: Requests = probes[np.argsort(probes["due"], kind="stable")]
    return ordered
