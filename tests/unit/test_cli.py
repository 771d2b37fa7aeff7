"""The command line without a lab: verbs, sub-commands made of structs, and errors with their exit statuses."""

import json
import re
import types
from pathlib import Path
from typing import Literal

import msgspec
import pytest
import typer
import yaml
from docker.errors import NotFound

import harness.cli
from harness import faults, mitigations
from harness.cli import _parameters as parameters
from harness.cli.clean import run_folders
from harness.faults import Fault
from harness.lab import definition
from harness.mitigations import Mitigation
from harness.model.errors import BadValue, LeaseConflict, LeftBehind, NotMeasured, UsageError
from harness.model.units import Duration, ms
from tests.command_line import Cli

FOLDER = Path(harness.cli.__file__).parent
VERBS = sorted(path.stem for path in FOLDER.glob("*.py") if not path.name.startswith("_"))


def test_every_file_is_a_verb_and_every_verb_has_examples(cli: Cli) -> None:
    shown = cli("--help").out
    for verb in VERBS:
        assert f" {verb} " in shown
        help_ = cli(verb, "--help")
        assert help_.code == 0
        assert "Examples:" in help_.out
        assert f"harness {verb}" in help_.out.split("Examples:")[1]


EDGE = Path(__file__).parents[2] / "docs" / "edge.yaml"


def test_a_dry_run_prints_what_would_be_generated_and_keeps_nothing(cli: Cli) -> None:
    """The lab has the file's name, unless another is given."""
    for options, lab in (((), "edge"), (("--lab", "mine"), "mine")):
        ended = cli("up", "--topology", str(EDGE), "--dry-run", *options)
        assert ended.code == 0, ended.err
        document = yaml.safe_load(ended.out)
        assert (document["name"], "lb-a" in document["services"]) == (lab, True)
        assert not definition.is_generated(lab)


@pytest.mark.parametrize(
    "options, said",
    [
        (("--with", "databases"), "--with adds to the usual lab alone: name the nodes of databases in"),
        (("--lab", "Mine"), "--lab is 'Mine'; valid is 1 to 40 lower-case letters"),
    ],
)
def test_a_lab_of_ones_own_that_cannot_be_is_refused(cli: Cli, options: tuple[str, ...], said: str) -> None:
    ended = cli("up", "--topology", str(EDGE), "--dry-run", *options)
    assert (ended.code, said in ended.err) == (2, True), ended.err


def test_a_file_of_a_topology_that_does_not_fit_is_refused(cli: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "edge.yaml"
    wrong.write_text(EDGE.read_text().replace("10.99.10.254", "10.99.11.254"))
    ended = cli("up", "--topology", str(wrong))
    assert (ended.code, "has the VIP 10.99.11.254: valid is an address of 10.99.10.0/24" in ended.err) == (2, True)
    assert not definition.is_generated("edge")


def test_help_explains_the_four_ways_back(cli: Cli) -> None:
    rows = {line.split()[0]: line for line in cli("--help").out.split("Four ways back")[1].splitlines() if line.split()}
    assert {"undo", "reset", "down", "clean"} <= set(rows)


@pytest.mark.parametrize("folder,base,verb", [(faults, Fault, "inject"), (mitigations, Mitigation, "mitigate")])
def test_every_fault_and_mitigation_is_a_sub_command(
    cli: Cli, folder: types.ModuleType, base: type[msgspec.Struct], verb: str
) -> None:
    path = Path(str(folder.__file__)).parent
    files = {each.stem for each in path.glob("*.py")} - {"__init__", base.__name__.lower()}
    kinds = parameters.family(folder, base)
    assert set(kinds) == files
    for name, kind in kinds.items():
        shown = cli(verb, name, "--help").out
        for field in msgspec.structs.fields(kind):
            assert {"duration": "--for"}.get(field.name, field.name) in shown.lower()


FAMILIES = [("inject", "faults", faults, Fault), ("mitigate", "mitigations", mitigations, Mitigation)]


@pytest.mark.parametrize("verb, noun, folder, base", FAMILIES, ids=[noun for _, noun, *_ in FAMILIES])
def test_every_one_is_explained_and_its_example_can_be_planned(
    cli: Cli, verb: str, noun: str, folder: types.ModuleType, base: type[msgspec.Struct]
) -> None:
    """The example as it is printed, on the lab of the product."""
    kinds = parameters.family(folder, base)
    listed = json.loads(cli(noun, "--json").out)
    assert all(name in cli(noun).out for name in kinds)
    assert [each["name"] for each in listed] == list(kinds)
    for each in listed:
        assert all(each["signs"].values())
        assert len(each["about"]) >= 2
        *_, dry_run = each["examples"]
        assert dry_run.startswith(f"harness {verb} {each['name']}")
        assert " --lab " in dry_run or cli(*dry_run.split()[1:]).code == 0, dry_run


def test_a_fault_is_explained_with_its_parameters_and_signs(cli: Cli) -> None:
    shown = cli("faults", "vrrp_lost")
    assert shown.code == 0
    for words in (
        "protocol 112",
        "--direction",
        "in|out|both|a-to-b|b-to-a",
        "must be given",
        "two owners",
        "harness inject",
    ):
        assert words in shown.out


def test_what_has_another_name_is_asked_after(cli: Cli) -> None:
    shown = cli("mitigations", "anounce")
    assert shown.code == 2
    assert "Did you mean 'announce'" in shown.err


class Delay(msgspec.Struct, frozen=True):
    """`target`: a port."""

    target: str
    side: Literal["in", "out"] = "in"
    count: int = 3
    duration: Duration | None = None


def typed(*arguments: str) -> list[tuple[Delay, str, bool, bool]]:
    """What the command made of `Delay` hands over."""
    seen = []

    def act(thing: Delay, /, lab: str, *, dry_run: bool, json: bool) -> None:
        seen.append((thing, lab, dry_run, json))

    app = typer.Typer()
    app.command()(parameters.command(Delay, ("harness inject delay",), act))
    app(list(arguments), standalone_mode=False)
    return seen


def test_fields_become_arguments_and_options() -> None:
    assert typed("gw-1") == [(Delay("gw-1"), "failover-harness", False, False)]
    arguments = ("gw-1", "--side", "out", "--count", "5", "--for", "800ms", "--lab", "x", "--json", "--dry-run")
    assert typed(*arguments) == [(Delay("gw-1", "out", 5, 800 * ms), "x", True, True)]


@pytest.mark.parametrize(
    "arguments,words",
    [
        (("gw-1", "--side", "up"), "side is 'up'; valid is one of in, out"),
        (("gw-1", "--count", "many"), "count is 'many'"),
        (("gw-1", "--for", "800"), "duration is '800'"),
        (("gw-1", "--for", "-1s"), "duration is '-1s'"),
    ],
)
def test_a_bad_value_is_named_with_the_valid_ones(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadValue, match=words):
        typed(*arguments)


def test_dry_run_prints_the_plan_and_needs_no_engine(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    arguments = ("inject", "blackhole", "trunk", "--direction", "a-to-b", "--for", "800ms", "--dry-run")
    assert cli(*arguments).out.splitlines()[1].strip() == "at 0 ns drop trunk.b ingress, until 800 ms"
    plan = json.loads(cli(*arguments, "--json").out)["plan"]
    assert plan["parts"][0]["end_ns"] == 800 * ms


@pytest.mark.parametrize(
    "arguments,words",
    [
        (("run", "june13"), "no experiment 'june13'. Did you mean 'june_13'?"),
        (("run", "nowhere/test_x.py"), "no experiment file 'nowhere/test_x.py'"),
        (("run", "june_13", "--trials", "0"), "--trials is 0"),
        (("run", "june_13", "--trials", "-3"), "--trials is -3"),
        (("run", "june_13", "--trials", "many"), "--trials"),
        (("run", "june_13", "--only", "outag"), "no test of june_13 'outag'. Did you mean 'outage'?"),
        (("run", "june_13", "--configuration", "advert-10ms"), "Did you mean 'advert-100ms'?"),
        (("up", "--configuration", "./nowhere"), "no configuration folder './nowhere'"),
        (("inject", "blackhole", "trunck"), "no target 'trunck'. Did you mean 'trunk'?"),
        (("inject", "freeze", "sw-a"), "no node 'sw-a'"),
        (("inject", "blackhole", "trunk", "--for", "0ms"), "duration is '0ms'"),
        (("inject", "blackhole", "trunk", "--direction", "in"), "direction is 'in'; valid is one of a-to-b"),
        (("mitigate", "announce", "outer"), "no virtual router 'outer'"),
        (("inject", "melt", "gw-1"), "melt"),
        (("status", "--wacth"), "--wacth"),
        (("status", "--lab", "Second Lab"), "--lab is 'Second Lab'; valid is 1 to 40 lower-case letters"),
        (("run", "june_13", "--runs", __file__), "valid is a folder that may be written, or a new one."),
        (("run", "june_13", "--junit", str(FOLDER)), "valid is a file in a folder that may be written."),
        (("gate", "--junit", str(FOLDER)), "valid is a file in a folder that may be written."),
        (("campaign", "june_13", "--out", f"{__file__}/new"), "--out is "),
        (("conform", "--out", __file__), "--out is "),
        (("search", "--write", __file__), "--write is "),
        (("search", str(FOLDER), "--configuration", "advert-100ms"), "--configuration advert-100ms are two pairs"),
        (("foresee", str(FOLDER), "--configuration", "advert-100ms"), "--configuration advert-100ms are two pairs"),
        (("report", str(FOLDER)), "is no run: that is a folder with a run.json or an outcome.json."),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_2(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    ended = cli(*arguments)
    assert ended.code == 2
    assert words in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "content, words",
    [(b"x = 1\n", "has no test: an experiment has a function test_NAME"), (b"\xff\xfe", "is no Python: 'utf-8' codec")],
)
def test_a_file_that_is_no_experiment_brings_no_lab_up(cli: Cli, tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "mine.py"
    file.write_bytes(content)
    ended = cli("run", str(file))
    assert (ended.code, words in ended.err) == (2, True), ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("up",),
        ("down",),
        ("reset",),
        ("undo",),
        ("status",),
        ("clean", "--yes"),
        ("exec", "gw-1", "ip", "neigh"),
        ("logs", "gw-1"),
        ("inject", "blackhole", "trunk"),
        ("mitigate", "flush_arp"),
        ("run", "june_13"),
    ],
)
def test_no_engine_is_said_and_exit_3(cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    ended = cli(*arguments)
    assert ended.code == 3
    assert "No Docker engine runs here (unix:///nonexistent.sock does not answer)" in ended.err
    assert "Traceback" not in ended.err


def test_doctor_without_an_engine_is_a_table_and_exit_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    ended = cli("doctor", "--json")
    assert ended.code == 3
    assert {row["what"]: row["verdict"] for row in json.loads(ended.out)}["Docker engine"] == "missing"


@pytest.mark.parametrize(
    "error,code",
    [
        (UsageError("so"), 2),
        (LeaseConflict("so"), 3),
        (NotMeasured("so"), 3),
        (LeftBehind("so"), 4),
        (KeyboardInterrupt(), 130),
        (NotFound("so"), 3),
        (ZeroDivisionError("so"), 70),
    ],
)
def test_every_error_has_its_exit_status(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(harness.cli, "app", fail)
    ended = cli()
    assert ended.code == code
    assert ("Traceback" in ended.err) == (code == 70)


def test_list_reads_the_folders(cli: Cli) -> None:
    found = json.loads(cli("list", "--json").out)
    (june_13,) = [each for each in found["experiments"] if each["name"] == "june_13"]
    outage = next(test for test in june_13["tests"] if test["name"] == "outage")
    assert (outage["intent"], outage["configuration"]) == ("reproduction", "advert-100ms")
    for kind, some in [
        ("faults", "blackhole"),
        ("mitigations", "announce"),
        ("checks", "no_stale_arp"),
        ("configurations", "default"),
        ("nodes", "gw-1"),
    ]:
        assert {each["name"]: each["about"] for each in found[kind]}[some]
    assert "trunk" in found["targets"]


BY_HAND = FOLDER.parents[1] / "docs" / "by-hand.md"
DOCUMENTED = re.findall(r"^\$ harness ([^#&\n]*)", BY_HAND.read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", [line.strip() for line in DOCUMENTED])
def test_documented_commands_exist(cli: Cli, line: str) -> None:
    """Faults and mitigations are planned; of the others each verb and option must be known."""
    arguments = line.split()
    if arguments[0] in {"inject", "mitigate"}:
        assert cli(*arguments, *(["--dry-run"] if "--dry-run" not in arguments else [])).code == 0
        return
    shown = cli(arguments[0], "--help")
    assert shown.code == 0
    assert all(word in shown.out for word in arguments if word.startswith("--"))


def test_clean_removes_nothing_but_runs(tmp_path: Path) -> None:
    for name in ("a-run", "not-a-run"):
        (tmp_path / name).mkdir()
    (tmp_path / "a-run" / "events.jsonl").touch()
    assert run_folders(tmp_path) == [tmp_path / "a-run"]
    assert run_folders(None) == []
    with pytest.raises(UsageError, match="no folder"):
        run_folders(tmp_path / "nowhere")
