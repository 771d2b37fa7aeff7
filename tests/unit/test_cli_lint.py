"""`harness lint` from its words to its exit status; the programs' answers are recorded (scripts/record_sites.py)."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness import lint as rules
from harness.model.errors import EnvironmentProblem
from harness.site.examined import Examined
from harness.site.site import HAPROXY, KEEPALIVED, Site
from tests.command_line import Cli, Ended

lint = import_module("harness.cli._examined")  # a module, so that what it imports can be replaced
SITES = Path(__file__).parents[1] / "data" / "sites"
UNSAFE, SOUND = "booking-vrid", "wiki-minimal"


@pytest.fixture(autouse=True)
def no_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "ensure_images", lambda *_, **__: ())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the unsafe site, in a folder that is named as in a pipeline."""
    monkeypatch.chdir(tmp_path)
    return answered(monkeypatch, UNSAFE, tmp_path)


def answered(monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path) -> Path:
    """A copy of a site, about which the programs say what they said of the original."""
    recorded = (SITES / name / "examined.json").read_bytes()

    def examine(site: Site) -> dict[str, Examined]:
        return msgspec.json.decode(recorded, type=dict[str, Examined])

    monkeypatch.setattr(lint, "examine", examine)
    shutil.copytree(SITES / name, tmp_path / "site")
    return Path("site")


def changed(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def accepting(folder: Path, rule: str, until: str = "") -> None:
    with (folder / "pair.toml").open("a") as file:
        file.write(f'\n[[accept]]\nrule = "{rule}"\nreason = "until the\\n::error::move"\n{until}\n')


def report(ended: Ended) -> dict[str, Any]:
    read = json.loads(ended.out)
    assert isinstance(read, dict)
    return read


def test_an_error_is_unsafe_and_exit_1(folder: Path, cli: Cli) -> None:
    ended = cli("lint", "site")
    assert ended.code == 1
    assert ended.out.startswith("UNSAFE: beta has virtual_router_id 14, alpha has 41")
    assert "\nerror  beta/keepalived.conf:10  [vrid-mismatch]\n" in ended.out
    assert "instead: virtual_router_id 41" in ended.out
    assert "Nothing was tried" in ended.out


def test_the_object_of_json(folder: Path, cli: Cli) -> None:
    ended = cli("lint", "site", "--json")
    assert ended.code == 1
    read = report(ended)
    assert {"verdict", "sentence", "findings", "accepted"} <= set(read)
    assert read["verdict"] == "UNSAFE"
    assert read["sentence"]
    for finding in read["findings"]:
        assert set(finding) == {"rule", "severity", "file", "line", "sentence", "instead", "experiment"}
        assert finding["severity"] in ("error", "warning", "note")
    (found,) = [each for each in read["findings"] if each["rule"] == "vrid-mismatch"]
    assert (found["file"], found["line"]) == ("beta/keepalived.conf", 10)


def test_a_sound_pair_is_never_called_safe(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = cli("lint", str(tmp_path / answered(monkeypatch, SOUND, tmp_path)))
    assert ended.code == 0, ended.out
    assert ended.out.startswith("NO ERROR FOUND: no error found, nothing tried")
    assert "SAFE" not in ended.out


def test_a_placeholder_is_refused_by_line_and_nothing_is_asked(
    folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: Site) -> dict[str, Examined]:
        raise AssertionError

    monkeypatch.setattr(lint, "examine", never)
    changed(folder, "alpha/keepalived.conf", "virtual_router_id 41", "virtual_router_id {{ vrid }}")
    ended = cli("lint", "site")
    assert ended.code == 2
    assert ended.out.startswith("REFUSED: {{ vrid }} was never filled in. Nothing was judged.")
    assert "error  alpha/keepalived.conf:" in ended.out
    assert report(cli("lint", "site", "--json"))["verdict"] == "REFUSED"


def test_a_dump_that_is_missing_is_inconclusive_and_exit_3(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / answered(monkeypatch, SOUND, tmp_path)
    recorded = lint.examine(None)
    silent = {name: msgspec.structs.replace(each, dump="") for name, each in recorded.items()}
    monkeypatch.setattr(lint, "examine", lambda _: silent)
    monkeypatch.setattr(rules, "ALL", {})
    ended = cli("lint", str(folder))
    assert ended.code == 3
    assert ended.out.startswith("INCONCLUSIVE: keepalived of lb1 did not tell its settings")


def test_an_engine_that_does_not_answer(folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Site) -> dict[str, Examined]:
        raise EnvironmentProblem("No engine.")

    monkeypatch.setattr(lint, "examine", fail)
    ended = cli("lint", "site")
    assert (ended.code, ended.out, ended.err) == (3, "", "harness: No engine.\n")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("lint", "nowhere"), "'nowhere' is no folder"),
        (("lint", "site/alpha"), "site/alpha has no pair.toml: `harness init site/alpha` drafts one"),
        (("lint", "site", "--sarf"), "--sarf"),
        (("lint", "site", "--json", "--sarif"), "--json and --sarif"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(folder: Path, cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    ended = cli(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_an_accepted_finding_is_shown_and_counts_for_nothing(folder: Path, cli: Cli) -> None:
    accepting(folder, "vrid-mismatch")
    ended = cli("lint", "site", "--json")
    assert "vrid-mismatch" not in {each["rule"] for each in report(ended)["findings"]}
    (accepted,) = report(ended)["accepted"]
    assert (accepted["finding"]["rule"], accepted["reason"]) == ("vrid-mismatch", "until the\n::error::move")
    shown = cli("lint", "site").out
    assert "accepted  beta/keepalived.conf:10  [vrid-mismatch]" in shown
    assert not [line for line in shown.splitlines() if line.strip().startswith("::")]  # no command of a pipeline


def test_its_day_is_over(folder: Path, cli: Cli) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    accepting(folder, "vrid-mismatch", f"until = {yesterday}")
    ended = cli("lint", "site", "--json")
    assert ended.code == 1
    assert {"vrid-mismatch", "accepted-no-longer"} <= {each["rule"] for each in report(ended)["findings"]}


def test_an_unknown_rule_is_not_accepted(folder: Path, cli: Cli) -> None:
    accepting(folder, "vrid-mismach")
    ended = cli("lint", "site")
    assert ended.code == 2
    assert "There is no rule 'vrid-mismach'. Did you mean 'vrid-mismatch'?" in ended.err


def test_sarif_goes_to_stdout_alone(folder: Path, cli: Cli) -> None:
    ended = cli("lint", "site", "--sarif")
    assert ended.code == 1
    results = report(ended)["runs"][0]["results"]
    (found,) = [each for each in results if each["ruleId"] == "vrid-mismatch"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "site/beta/keepalived.conf"


COMMAND = "::error file=site/beta/keepalived.conf,line=10,title=vrid-mismatch::beta has"


def test_annotations_on_github(folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert COMMAND in cli("lint", "site", "--github").out
    assert "::error" not in cli("lint", "site").out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert COMMAND in cli("lint", "site").out
    ended = cli("lint", "site", "--json")
    assert report(ended)["verdict"] == "UNSAFE"  # stdout stays one object
    assert COMMAND in ended.err


def test_what_a_terminal_or_a_pipeline_would_obey_is_escaped(folder: Path, cli: Cli) -> None:
    changed(folder, "alpha/keepalived.conf", "virtual_router_id 41", "virtual_router_id {{ \x1b[2J\x07::x }}")
    shown = cli("lint", "site").out
    assert r"{{ \x1b[2J\x07::x }}" in shown


def test_rules_explain_themselves(cli: Cli) -> None:
    shown = cli("rules", "vrid-mismatch").out
    assert "vrid-mismatch (error)" in shown
    assert "It leads to: " in shown
    assert {each["name"] for each in json.loads(cli("rules", "--json").out)} == set(rules.ALL)
    unknown = cli("rules", "vrid-mismach")
    assert (unknown.code, "Did you mean 'vrid-mismatch'?" in unknown.err) == (2, True)


def asked(monkeypatch: pytest.MonkeyPatch) -> list[Site]:
    """The sites that the programs are asked about."""
    seen: list[Site] = []
    before = lint.examine

    def examine(site: Site) -> dict[str, Examined]:
        seen.append(site)
        return before(site)  # type: ignore[no-any-return]

    monkeypatch.setattr(lint, "examine", examine)
    return seen


def test_options_do_what_pair_toml_does(folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pair.toml").unlink()
    seen = asked(monkeypatch)
    options = ("--node", "alpha=alpha/keepalived.conf,haproxy.cfg", "--node", "beta=beta/keepalived.conf,haproxy.cfg")
    ended = cli("lint", "site", *options, "--set", "beta:priority=7")
    assert ended.code == 1
    assert "beta/keepalived.conf:10  [vrid-mismatch]" in ended.out
    assert "missing" not in ended.out
    (site,) = seen
    assert {file.path for file in site.nodes["beta"].files} == {KEEPALIVED, HAPROXY}
    assert "priority 7" in site.nodes["beta"].texts[KEEPALIVED]
    assert "priority 7" not in site.nodes["alpha"].texts[KEEPALIVED]


def test_set_is_read_from_pair_toml_and_from_options(folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (folder / "pair.toml").read_text()
    (folder / "pair.toml").write_text(f'set = ["beta:priority=7", "alpha:priority=9"]\n{text}')
    seen = asked(monkeypatch)
    cli("lint", "site", "--set", "beta:priority=8")
    (site,) = seen
    assert "priority 8" in site.nodes["beta"].texts[KEEPALIVED]
    assert "priority 9" in site.nodes["alpha"].texts[KEEPALIVED]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--node", "alpha"), "--node is 'alpha'; valid is NAME=FILE,…"),
        (("--node", "alpha=haproxy.cfg"), "--node alpha=haproxy.cfg names no keepalived.conf"),
        (("--node", "alpha=../x.conf"), "leads out of the folder"),
        (("--node", "alpha=alpha/keepalived.cnf"), "cannot be read: No such file"),
        (("--node", "al pha=alpha/keepalived.conf"), "nodes"),
        (("--set", "gamma:priority=1"), "There is no node 'gamma'"),
        (("--set", "beta:prio=1"), "Did you mean 'priority'?"),
    ],
)
def test_a_bad_option_is_named(folder: Path, cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    ended = cli("lint", "site", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err


def test_init_drafts_what_lint_reads(folder: Path, cli: Cli) -> None:
    before = (folder / "pair.toml").read_text()
    refused = cli("init", "site")
    assert (refused.code, "site/pair.toml is there: --force replaces it" in refused.err) == (2, True)
    shown = cli("init", "site", "--dry-run")
    assert shown.code == 0
    assert "[nodes]\nalpha = [\n" in shown.out
    assert (folder / "pair.toml").read_text() == before
    ended = cli("init", "site", "--force", "--json")
    assert (ended.code, report(ended)["written"]) == (0, True)
    assert (folder / "pair.toml").read_text() == report(ended)["text"] == shown.out.removesuffix("\n")
    assert any("fill in the own address of eth0" in each for each in report(ended)["missing"])
    assert cli("lint", "site").code == 1


def test_init_does_not_write_through_a_link(folder: Path, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("kept")
    (folder / "pair.toml").unlink()
    (folder / "pair.toml").symlink_to(tmp_path / "outside")
    assert cli("init", "site").code == 2
    assert cli("init", "site", "--force").code == 0
    assert (tmp_path / "outside").read_text() == "kept"


def test_init_without_a_keepalived_conf(tmp_path: Path, cli: Cli) -> None:
    ended = cli("init", str(tmp_path))
    assert (ended.code, f"{tmp_path} has no files. Put keepalived.conf and" in ended.err) == (2, True)
    assert " (lb1/, lb2/), or use --from." in ended.err
    (tmp_path / "notes").write_text("x")
    ended = cli("init", str(tmp_path))
    assert (ended.code, "No keepalived.conf among 1 files" in ended.err) == (2, True)
