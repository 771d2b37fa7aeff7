"""A run's folder: what is written is read; what a crash tore is counted."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from harness import checks
from harness.history import History, store
from harness.history.store import RunHeader
from harness.model.errors import UsageError
from harness.model.events import encode
from harness.model.outcome import RunOutcome
from harness.model.requests import RECORD
from harness.model.units import s
from tests.histories import LB1, LB2, VANTAGES, june_13, keepalived_conf

PROGRAMS = {LB1: {"keepalived": "2.2.7", "haproxy": "2.6.12"}}
HEADER = RunHeader("june_13-1", "boot", 1_700_000_000 * s, {"keepalived": "2.3.3"}, {"trials": 1}, programs=PROGRAMS)
FILES = {
    node: {"/etc/keepalived/keepalived.conf": keepalived_conf(priority, 0.1)}
    for node, priority in ((LB1, 150), (LB2, 100))
}


def write(run: Path, history: History, header: RunHeader = HEADER) -> Path:
    store.create(run, header, history.topology)
    store.write_configuration(run, "advert-100ms", FILES)
    with store.events_path(run).open("ab") as file:
        file.writelines(encode(event) + b"\n" for event in history.events)
    for number, vantage in enumerate(VANTAGES, 1):
        records = history.requests[history.requests["vantage"] == number]
        store.requests_path(run, vantage).write_bytes(records.tobytes())
    return run


def test_round_trip(tmp_path: Path) -> None:
    history = june_13().build()
    run = write(tmp_path / "runs" / "1", history)
    loaded = store.load(run)
    assert loaded.topology == history.topology
    assert loaded.events == history.events
    assert np.array_equal(np.sort(loaded.requests), np.sort(history.requests))
    assert loaded.limits == {"advert-100ms": history.limits["test"]}
    assert not any(loaded.unread.values())
    assert store.read_header(run) == HEADER
    assert loaded.programs == PROGRAMS


def test_checks_run_again_on_what_was_stored(tmp_path: Path) -> None:
    """The same words, today or next year."""
    history, step = june_13().judged()
    loaded = store.load(write(tmp_path / "1", history))
    for check in checks.ALL.values():
        assert check(loaded, loaded.step(0, "blip")) == check(history, step)


def test_torn_and_unknown_are_counted(tmp_path: Path) -> None:
    history = june_13().build()
    run = write(tmp_path / "1", history)
    with store.events_path(run).open("ab") as file:
        file.write(b'{"event":"tea_ready","t":1}\n{"event":"tea_ready","t":2}\n{"event":"mar')
    with store.requests_path(run, "customer-1").open("ab") as file:
        file.write(b"\0" * (RECORD.size - 1))
    loaded = store.load(run)
    assert loaded.events == history.events
    assert len(loaded.requests) == len(history.requests)
    assert loaded.unread == {"torn line": 1, "unknown event 'tea_ready'": 2, "torn record": 1}


def test_line_that_is_no_utf_8_costs_one_line(tmp_path: Path) -> None:
    """A disk that turned a byte."""
    history = june_13().build()
    run = write(tmp_path / "1", history)
    lines = store.events_path(run).read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace(b':"', b':"\xff', 1)
    store.events_path(run).write_bytes(b"".join(lines))
    loaded = store.load(run)
    assert len(loaded.events) == len(history.events) - 1
    (reason,) = [what for what, count in loaded.unread.items() if count]
    assert reason.startswith(f"{store.UNREADABLE}'utf-8' codec can't decode byte 0xff")


def test_tear_in_the_middle_costs_one_line(tmp_path: Path) -> None:
    """A recorder that was restarted goes on behind the torn line."""
    history = june_13().build()
    run = write(tmp_path / "1", history)
    lines = store.events_path(run).read_bytes().splitlines(keepends=True)
    lines[5] = lines[5][:20] + b"\n"
    store.events_path(run).write_bytes(b"".join(lines))
    loaded = store.load(run)
    assert len(loaded.events) == len(history.events) - 1
    (reason,) = [what for what, count in loaded.unread.items() if count]
    assert reason.startswith(store.UNREADABLE)


def test_an_event_of_a_known_kind_that_cannot_be_read_is_a_hole(tmp_path: Path) -> None:
    """An op of a newer harness: without it the step would look undisturbed."""
    run = write(tmp_path / "1", june_13().build())
    with store.events_path(run).open("ab") as file:
        file.write(b'{"event":"op_applied","t":1,"plan":1,"part":0,"op":{"op":"melt"},"asked_ns":1,"begun_ns":1}\n')
    (reason,) = [what for what, count in store.load(run).unread.items() if count]
    assert reason == "unreadable: Invalid value 'melt' - at `$.op.op`"


def test_events_of_two_agents_are_put_in_order(tmp_path: Path) -> None:
    history = june_13().build()
    run = write(tmp_path / "1", history)
    lines = store.events_path(run).read_bytes().splitlines(keepends=True)
    store.events_path(run).write_bytes(b"".join(reversed(lines)))
    times = [event.t for event in store.load(run).events]
    assert times == sorted(times)


def test_overridden_limits_are_part_of_the_run(tmp_path: Path) -> None:
    header = RunHeader("1", "boot", 0, limits={"stale_arp": 2 * s})
    loaded = store.load(write(tmp_path / "1", june_13().build(), header))
    assert str(loaded.limits["advert-100ms"].routers["external"].stale_arp) == "2 s = set by hand"


def test_what_a_configuration_includes_is_read_beside_it(tmp_path: Path) -> None:
    """Here all of keepalived.conf is in a file that it includes."""
    run, history = tmp_path / "1", june_13().build()
    store.create(run, HEADER, history.topology)
    texts = {node: text for node, files in FILES.items() for text in files.values()}
    whole = {node: {"keepalived.conf": "include pair.conf\n", "pair.conf": text} for node, text in texts.items()}
    store.write_configuration(run, "advert-100ms", whole)
    assert store.load(run).limits == {"advert-100ms": history.limits["test"]}


def test_every_line_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    run = write(tmp_path / "1", june_13().build())
    with store.events_path(run).open("ab") as file:
        file.write(b'{"event":"marked","t":"now"}\n' * 3)
    assert [count for count in store.load(run).unread.values() if count] == [3]


def test_a_runs_folder_is_laid_out_as_documented(tmp_path: Path) -> None:
    """Others read it, too: the module's first lines say where what is. A folder comes with its first file."""
    paths = (store.log_path(tmp_path, "lb-ext-1"), store.requests_path(tmp_path, "customer-1"))
    for path in paths:
        path.touch()
    named = (*paths, store.header_path(tmp_path), store.topology_path(tmp_path), store.events_path(tmp_path))
    assert [str(path.relative_to(tmp_path)) for path in (*named, store.outcome_path(tmp_path))] == [
        "logs/lb-ext-1.log",
        "requests/customer-1.rec",
        "run.json",
        "topology.json",
        "events.jsonl",
        "outcome.json",
    ]


def test_run_is_never_overwritten(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        store.create(tmp_path, HEADER, june_13().topology)


def test_configuration_stays_in_the_folder(tmp_path: Path) -> None:
    """A path inside a node names a copy, never a file of this machine."""
    store.write_configuration(tmp_path, "default", FILES)
    assert (tmp_path / "configuration/default/lb-ext-1/keepalived.conf").read_text() == keepalived_conf(150, 0.1)


def test_outcome(tmp_path: Path) -> None:
    outcome = RunOutcome("june_13", "invalid", "Nothing could be measured.", "1", ())
    store.write_outcome(tmp_path, outcome)
    assert store.read_outcome(tmp_path) == outcome
    assert [path.name for path in tmp_path.iterdir()] == ["outcome.json"]


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not a run: it has no run\.json"):
        store.load(tmp_path)


def test_packed_recording_is_read_as_it_was(tmp_path: Path) -> None:
    run = write(tmp_path / "1", june_13().build())
    loaded = store.load(run)
    for path in (store.events_path(run), *(store.requests_path(run, vantage) for vantage in VANTAGES)):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    packed = store.load(run)
    assert packed.events == loaded.events
    assert np.array_equal(packed.requests, loaded.requests)


def test_beside_its_packed_form_a_file_itself_counts(tmp_path: Path) -> None:
    """What was packed may have grown since."""
    run = write(tmp_path / "1", june_13().build())
    store.events_path(run).with_name("events.jsonl.gz").write_bytes(gzip.compress(b""))
    assert store.load(run).events == june_13().build().events


def test_what_was_not_recorded_is_empty(tmp_path: Path) -> None:
    run = write(tmp_path / "1", june_13().build())
    store.events_path(run).write_bytes(b"")
    store.requests_path(run, "customer-1").unlink()
    loaded = store.load(run)
    assert loaded.events == ()
    assert set(loaded.requests["vantage"].tolist()) == {2, 3}
