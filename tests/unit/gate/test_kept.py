"""A run's folder without passwords."""

import json
from pathlib import Path

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


def test_without_a_folder_nothing_happens(tmp_path: Path) -> None:
    redact_configuration(tmp_path / "none")
    redact(tmp_path / "none", ("x",))
