"""A run's folder without passwords."""

import json
from pathlib import Path

import pytest

from harness.gate.kept import redact, redact_configuration


def run(tmp_path: Path) -> Path:
    conf = tmp_path / "configuration" / "gate" / "lb1" / "keepalived.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("auth_pass 1\nauth_pass onair-7\n")
    events = [{"event": "vrrp", "t": 1111}, {"event": "vrrp", "t": 2, "command": "curl -u m:1111"}]
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in events))
    (tmp_path / "outcome.json").write_text(json.dumps({"failure": "with onair-7", "n": 1111}))
    (tmp_path / "lb1.log").write_text("keepalived: onair-7\n")
    (tmp_path / "a.rec").write_bytes(b"\xff1111\x00")
    return tmp_path


def test_no_file_has_one_and_every_figure_stays(tmp_path: Path) -> None:
    folder = run(tmp_path)
    redact(folder, ("onair-7", "1111"))
    lines = (folder / "events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"event": "vrrp", "t": 1111},
        {"event": "vrrp", "t": 2, "command": "curl -u m:REDACTED"},
    ]
    assert json.loads((folder / "outcome.json").read_text()) == {"failure": "with REDACTED", "n": 1111}
    assert (folder / "lb1.log").read_text() == "keepalived: REDACTED\n"
    assert (folder / "configuration/gate/lb1/keepalived.conf").read_text() == "auth_pass REDACTED\nauth_pass REDACTED\n"
    assert (folder / "a.rec").read_bytes() == b"\xff1111\x00"


def test_a_line_that_was_not_written_to_its_end_stays(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"a":"onair-7"}\n{"b":"onai')
    redact(tmp_path, ("onair-7",))
    assert (tmp_path / "events.jsonl").read_text() == '{"a":"REDACTED"}\n{"b":"onai'


@pytest.mark.parametrize(
    "line, kept",
    [
        ('{"a":"onair-7","b', '{"a":"REDACTED","b'),
        ('{"a":"on\\"air","b', '{"a":"REDACTED","b'),
        ('{"a":"\udcff onair-7"}\n', '{"a":"\udcff REDACTED"}\n'),
        ('{"a":"x\u2028onair-7\x85"}\n', '{"a":"x\u2028REDACTED\x85"}\n'),
    ],
)
@pytest.mark.parametrize("name", ["events.jsonl", "outcome.json"])
def test_what_is_no_json_is_redacted_as_a_text(tmp_path: Path, name: str, line: str, kept: str) -> None:
    """And the files after it are redacted too."""
    (tmp_path / name).write_text(line, errors="surrogateescape")
    (tmp_path / "zz.log").write_text("onair-7")
    redact(tmp_path, ("onair-7", 'on"air'))
    assert "".join((tmp_path / name).read_text(errors="surrogateescape").split()) == "".join(kept.split())
    assert (tmp_path / "zz.log").read_text() == "REDACTED"


def test_without_a_folder_nothing_happens(tmp_path: Path) -> None:
    redact_configuration(tmp_path / "none")
    redact(tmp_path / "none", ("x",))
