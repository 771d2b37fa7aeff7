"""`harness export`: where files go, what is refused, and with which exit status."""

import json
import shutil
from pathlib import Path

import pytest

from harness.export import ALL
from tests.command_line import Cli
from tests.unit.export.nasty import OUTAGE


@pytest.fixture
def run(tmp_path: Path) -> Path:
    shutil.copytree(OUTAGE, tmp_path / "run")
    return tmp_path / "run"


def test_the_folder_is_the_registry() -> None:
    assert set(ALL) == {"csv", "junit", "markdown", "pcapng", "perfetto", "svg"}
    assert all(each.about for each in ALL.values())


@pytest.mark.parametrize("kind", sorted(set(ALL) - {"perfetto"}))
def test_files_go_into_the_run(cli: Cli, run: Path, kind: str) -> None:
    ended = cli("export", str(run), "--as", kind, "--json")
    written = json.loads(ended.out)
    assert ended.code == 0
    assert sorted(Path(each["path"]) for each in written) == sorted((run / "export").iterdir())
    assert all(each["bytes"] == Path(each["path"]).stat().st_size > 0 for each in written)


def test_one_file_gets_the_name_that_is_asked_for_and_several_a_folder(cli: Cli, run: Path, tmp_path: Path) -> None:
    assert cli("export", str(run), "--as", "junit", "--output", str(tmp_path / "a" / "x.xml")).code == 0
    assert cli("export", str(run), "--as", "csv", "--output", str(tmp_path / "b")).code == 0
    assert (tmp_path / "a" / "x.xml").is_file()
    assert {each.name for each in (tmp_path / "b").iterdir()} == {"requests.csv", "events.csv"}
    assert not (run / "export").exists()


def test_stdout_takes_one_file_and_nothing_else(cli: Cli, run: Path) -> None:
    ended = cli("export", str(run), "--as", "markdown", "--output", "-")
    assert ended.out.startswith("### ✅ ")
    assert ended.out.endswith("Run: outage\n\n")
    assert not (run / "export").exists()
    assert cli("export", str(run), "--as", "csv", "--output", "-").code == 2
    assert cli("export", str(run), "--as", "junit", "--output", "-", "--json").code == 2


def test_what_is_invented_is_said(cli: Cli, run: Path) -> None:
    assert "note: external: Frames of this recording are put together" in cli("export", str(run), "--as", "pcapng").err


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (("--as", "pcap"), 2, "Did you mean 'pcapng'?"),
        (("--as", "junit", "--trial", "1"), 2, "about the whole run"),
        (("--as", "svg", "--trial", "77"), 2, "Valid: "),
    ],
)
def test_a_wrong_request_names_the_valid_ones(
    cli: Cli, run: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = cli("export", str(run), *arguments)
    assert (ended.code, said in ended.err) == (code, True)
    assert not (run / "export").exists()


@pytest.mark.parametrize("kind", sorted(ALL))
def test_a_folder_that_is_no_run_is_refused_and_not_made(cli: Cli, tmp_path: Path, kind: str) -> None:
    ended = cli("export", str(tmp_path / "none"), "--as", kind)
    assert ended.code == 2
    assert "There is no run" in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["junit", "markdown"])
def test_a_run_without_an_outcome_has_no_verdict(cli: Cli, run: Path, kind: str) -> None:
    (run / "outcome.json").unlink()
    ended = cli("export", str(run), "--as", kind)
    assert ended.code == 3
    assert "no outcome.json" in ended.err


def test_a_run_without_an_outcome_has_a_timeline(cli: Cli, run: Path) -> None:
    (run / "outcome.json").unlink()
    assert cli("export", str(run), "--as", "svg").code == 0


@pytest.mark.parametrize("file", ["run.json", "topology.json", "outcome.json", "events.jsonl.gz"])
@pytest.mark.parametrize("kind", sorted(set(ALL) - {"perfetto"}))
def test_a_damaged_file_is_an_error_that_names_the_run_or_no_matter(cli: Cli, run: Path, file: str, kind: str) -> None:
    data = (run / file).read_bytes()
    (run / file).write_bytes(data[: len(data) // 2])
    ended = cli("export", str(run), "--as", kind)
    if ended.code:
        assert ended.code == 2
        assert str(run) in ended.err
        assert "Traceback" not in ended.err
    else:
        assert all(path.stat().st_size for path in (run / "export").iterdir())


def test_what_cannot_be_written_leaves_nothing(cli: Cli, run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ended = cli("export", str(run), "--as", "csv", "--output", str(tmp_path / "file" / "x"))
    assert ended.code == 2
    assert "valid is a folder that may be written, or a new one." in ended.err
