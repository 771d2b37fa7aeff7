"""A run's folder. Only its recorder writes it; all other parts read it.

::

    runs/ID/run.json                              RunHeader
            topology.json                         Topology
            configuration/NAME/NODE/FILE          as rendered
            events.jsonl                          one event a line, appended
            requests/VANTAGE.rec                  fixed records, appended
            logs/NODE.log
            outcome.json                          RunOutcome

Files only grow by appending, so a crash can cut only the last line or record, which the reader counts and skips.
A recording that is kept may have packed events and requests: ``events.jsonl.gz``, ``VANTAGE.rec.gz``.
"""

import gzip
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from harness.history.history import History, Requests
from harness.history.upgrade import (
    SCHEMA,
    Document,
    schema_of,
    upgrade_events,
    upgrade_header,
    upgrade_topology,
)
from harness.model.errors import UsageError
from harness.model.events import AnyEvent, Decoder
from harness.model.keepalived_text import MAIN
from harness.model.limits import Limits
from harness.model.outcome import RunOutcome, decode_outcome, encode_outcome
from harness.model.requests import DTYPE, RECORD
from harness.model.topology import Topology

_TORN_LINE, _TORN_RECORD = "torn line", "torn record"
UNREADABLE: Final = "unreadable: "
"""Prefix of each entry of `History.unread` that leaves a hole in the record. A torn end is not one yet."""


class RunHeader(msgspec.Struct, frozen=True):
    """run.json. `wall_minus_mono_ns` turns an instant of the history into wall-clock time.

    `began`: ISO 8601, by the clock of the machine that ran the harness; empty: an older harness wrote it.
    `programs`: node → program → version, of what ran there; empty in recordings that are older than it.
    """

    run: str
    boot_id: str
    wall_minus_mono_ns: int
    versions: dict[str, str] = {}  # program → version
    parameters: dict[str, str | int | float | bool | None] = {}
    limits: dict[str, int] = {}  # overrides: name → ns
    schema: int = SCHEMA
    began: str = ""
    programs: dict[str, dict[str, str]] = {}


def header_path(run: Path) -> Path:
    return run / "run.json"


def topology_path(run: Path) -> Path:
    return run / "topology.json"


def events_path(run: Path) -> Path:
    return run / "events.jsonl"


def requests_path(run: Path, vantage: str) -> Path:
    return _in_folder(run / "requests" / f"{vantage}.rec")


def log_path(run: Path, node: str) -> Path:
    return _in_folder(run / "logs" / f"{node}.log")


def configuration_path(run: Path, configuration: str, node: str, file: str) -> Path:
    """`file` may be a path inside the node: its last part names the copy."""
    return _in_folder(run / "configuration" / configuration / node / Path(file).name)


def outcome_path(run: Path) -> Path:
    return run / "outcome.json"


def create(run: Path, header: RunHeader, topology: Topology) -> None:
    """Starts a run's folder. Raises `FileExistsError` if there is one: a run is never overwritten."""
    run.mkdir(parents=True)
    write_header(run, header)
    topology_path(run).write_bytes(msgspec.json.encode(topology))
    events_path(run).touch()


def write_header(run: Path, header: RunHeader) -> None:
    _replace(header_path(run), msgspec.json.format(msgspec.json.encode(header)))


def write_configuration(run: Path, configuration: str, files: Mapping[str, Mapping[str, str]]) -> None:
    """`files`: node → file (name or path inside the node) → text, as rendered."""
    for node, texts in files.items():
        for file, text in texts.items():
            configuration_path(run, configuration, node, file).write_text(text)


def write_outcome(run: Path, outcome: RunOutcome) -> None:
    _replace(outcome_path(run), encode_outcome(outcome))


def read_outcome(run: Path) -> RunOutcome:
    """Raises `FileNotFoundError` for a run without an outcome."""
    return decode_outcome(outcome_path(run).read_bytes())


def read_header(run: Path) -> RunHeader:
    """Raises `UsageError` if the folder is no run, or one of a newer harness."""
    return msgspec.convert(upgrade_header(_raw_header(run)), RunHeader)


def read_topology(run: Path) -> Topology:
    """Raises `UsageError` if the folder is no run, or one of a newer harness."""
    document = msgspec.json.decode(topology_path(run).read_bytes(), type=Document)
    return msgspec.convert(upgrade_topology(schema_of(_raw_header(run)), document), Topology)


def load(run: Path) -> History:
    """The whole history. Raises `UsageError` if the folder is no run, one of a newer harness, or has no history."""
    header = read_header(run)
    _refuse_removed(run)
    topology = read_topology(run)
    unread: Counter[str] = Counter()
    return History(
        topology=topology,
        limits=_limits(run, topology, header.limits),
        events=_events(run, unread),
        requests=_requests(run, topology, unread),
        unread=dict(unread),
        programs=header.programs,
    )


def has_history(run: Path) -> bool:
    """Every run has its events from its begin on, if only an empty file, until they are removed."""
    events = events_path(run)
    return events.exists() or events.with_name(f"{events.name}.gz").exists()


def _refuse_removed(run: Path) -> None:
    """Without events it is not known what happened: that is another thing than that nothing did."""
    if not has_history(run):
        raise UsageError(f"{run} has no history: its events were removed. What it showed is in its outcome.json.")


def _raw_header(run: Path) -> Document:
    if not header_path(run).is_file():
        raise UsageError(f"{run} is not a run: it has no run.json.")
    return msgspec.json.decode(header_path(run).read_bytes(), type=Document)


def _limits(run: Path, topology: Topology, overrides: Mapping[str, int]) -> dict[str, Limits]:
    folders = sorted(folder for folder in (run / "configuration").glob("*") if folder.is_dir())
    return {folder.name: _derived(folder, topology, overrides) for folder in folders}


def _derived(folder: Path, topology: Topology, overrides: Mapping[str, int]) -> Limits:
    """From the keepalived.conf of each node, and from the files beside it, which it may include."""
    main = {file.parent.name: file.read_text() for file in folder.glob(f"*/{MAIN}")}
    beside = {node: _texts(folder / node) for node in main}
    return Limits.derive(topology, main, overrides, beside)


def _texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir() if file.name != MAIN}


def _events(run: Path, unread: Counter[str]) -> tuple[AnyEvent, ...]:
    """In order of time; events of one instant in the order in which they were written."""
    *lines, tail = _unpacked(events_path(run)).split(b"\n")
    unread[_TORN_LINE] += bool(tail)
    decoder = Decoder()
    events: list[AnyEvent] = []
    for line in upgrade_events(schema_of(_raw_header(run)), lines):
        try:
            event = decoder.decode(line)
        except (
            msgspec.DecodeError,
            UnicodeDecodeError,
        ) as error:  # a known kind with wrong fields, no JSON, or no UTF-8
            unread[f"{UNREADABLE}{error}"] += 1
            continue
        if event is not None:
            events.append(event)
    unread.update({f"unknown event {kind!r}": count for kind, count in decoder.skipped.items()})
    return tuple(sorted(events, key=lambda event: event.t))


def _requests(run: Path, topology: Topology, unread: Counter[str]) -> Requests:
    pieces = [np.zeros(0, DTYPE)]
    for vantage in topology.vantages:
        data = _unpacked(requests_path(run, vantage))
        whole = len(data) // RECORD.size * RECORD.size
        unread[_TORN_RECORD] += whole != len(data)
        pieces.append(np.frombuffer(data[:whole], DTYPE))
    records = np.concatenate(pieces)
    return records[np.argsort(records["due"], kind="stable")]


def _unpacked(path: Path) -> bytes:
    """The content of the file or of its packed form; empty without either: nothing was recorded."""
    if path.exists():
        return path.read_bytes()
    packed = path.with_name(f"{path.name}.gz")
    return gzip.decompress(packed.read_bytes()) if packed.exists() else b""


def _in_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _replace(path: Path, data: bytes) -> None:
    """Replaces the file atomically."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
