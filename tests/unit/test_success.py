"""The live meter reads whole records, wherever the spool ends when it begins to read."""

import subprocess
from pathlib import Path

import pytest

from harness.lab.success import following
from harness.model.requests import RECORD, Outcome, Request, Stream


def record(number: int) -> bytes:
    return RECORD.pack(*Request(number, number, number, number, 200, Outcome.ok, 1, 1, 1, Stream.probe))


@pytest.mark.parametrize("torn", [0, 1, RECORD.size - 1])
def test_it_begins_at_a_record(tmp_path: Path, torn: int) -> None:
    """Also while a record is being written, of which the file has the first bytes."""
    spool = tmp_path / "requests.rec"
    spool.write_bytes(b"".join(map(record, range(5))) + record(5)[:torn])
    with subprocess.Popen(following(str(spool), 3), stdout=subprocess.PIPE) as follower:
        assert follower.stdout
        begun = follower.stdout.read(3 * RECORD.size)
        with spool.open("ab") as file:
            file.write(record(5)[torn:])
        begun += follower.stdout.read(RECORD.size)
        follower.kill()
    assert [Request._make(each).due for each in RECORD.iter_unpack(begun)] == [2, 3, 4, 5]


def test_a_spool_with_fewer_records_is_read_from_its_beginning(tmp_path: Path) -> None:
    spool = tmp_path / "requests.rec"
    spool.write_bytes(record(7))
    with subprocess.Popen(following(str(spool), 3), stdout=subprocess.PIPE) as follower:
        assert follower.stdout
        assert follower.stdout.read(RECORD.size) == record(7)
        follower.kill()
