"""Every field of every fault and mitigation can be typed: its type is known, its help says how, its value arrives."""

import re
from typing import NamedTuple, get_type_hints

import msgspec
import pytest
import typer
from click import unstyle
from typer.testing import CliRunner, Result

from harness import faults, mitigations
from harness.cli import app
from harness.cli._explain import example
from harness.cli._parameters import Reading, command, family, flag, reading
from harness.faults import Fault
from harness.lab import definition, networks
from harness.lab.lab_name import DEFAULT_LAB
from harness.mitigations import Mitigation
from harness.model.errors import BadValue
from harness.model.units import ms, s, typeable

Kind = type[Fault] | type[Mitigation]
KINDS: dict[tuple[str, str], Kind] = {
    **{("inject", name): kind for name, kind in family(faults, Fault).items()},
    **{("mitigate", name): kind for name, kind in family(mitigations, Mitigation).items()},
}


USUAL = definition.of(DEFAULT_LAB)
LAB = USUAL.every
RINGED = msgspec.structs.replace(USUAL, topology=networks.topology("full"), every=networks.topology("full"))
"""What faults of rings break is in the lab ``full`` alone."""


@pytest.fixture(autouse=True)
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine; and the lab's files are read once, not for each command."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    monkeypatch.setattr(definition, "of", lambda lab: RINGED if lab == "full" else USUAL)


class Case(NamedTuple):
    verb: str
    name: str
    kind: Kind
    field: msgspec.structs.FieldInfo

    def __str__(self) -> str:
        return f"{self.name}-{self.field.name}"

    @property
    def reading(self) -> Reading:
        return reading(get_type_hints(self.kind, include_extras=True)[self.field.name])

    @property
    def is_argument(self) -> bool:
        return self.field.name == self.kind.__struct_fields__[0]


CASES = [Case(*key, kind, field) for key, kind in KINDS.items() for field in msgspec.structs.fields(kind)]
FREE = ("replace", "by")
"""Any text is one."""
NAMES = [case for case in CASES if case.reading.metavar == "TEXT" and case.field.name not in FREE]
VALID = {"DURATION": ("500ms", 500 * ms), "INTEGER": ("3", 3), "NUMBER": ("2.5", 2.5)}
VALID |= {"RATE": ("2Mbit", 2_000_000)}
NAMED = {"virtual_router": "external", "vip": "10.77.0.100", "target": "external", "address": "10.77.0.100"}
NAMED |= {"service": "haproxy", "path": "/usr/bin/pidof", "replace": "priority 150", "by": "priority 90"}
OWN = {"replication_lag-lag": ("2s", 2_000 * ms)}
NAMED |= {"followed_by": "lb-ext-2", "second": "trunk-int", "to": "sw-b", "uplink": "trunk", "beside": "gw-1.external"}
INVALID = {
    "DURATION": ["500", "-1s", "1h", "nan"],
    "INTEGER": ["many", "2.5", "9" * 30],
    "NUMBER": ["many", "nan", "inf"],
    "RATE": ["2", "-1Mbit", "2MB", "2mbit", "nan", "1kbit", "11Gbit"],
}


def ids(case: Case) -> str:
    return str(case)


def invoke(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, list(arguments))


def valid(case: Case) -> tuple[str, object]:
    """A text and its value: names are those of the default, or where nothing stands for one, of this lab."""
    known = case.reading
    if str(case) in OWN:
        return OWN[str(case)]
    if known.valid:
        return known.valid[0], known.valid[0]
    if known.metavar == "TEXT":
        default = None if case.field.required else case.field.default
        text = str(default or NAMED[case.field.name])
        return text, text
    return VALID[known.metavar]


def typed(case: Case, *arguments: str) -> msgspec.Struct:
    """What the command hands over."""
    seen: list[msgspec.Struct] = []

    def act(thing: msgspec.Struct, /, lab: str, *, dry_run: bool, json: bool) -> None:
        seen.append(thing)

    one = typer.Typer()
    one.command()(command(case.kind, (), act))
    one([*example(case.kind).split(), *arguments], standalone_mode=False)
    return seen[0]


def test_the_cases_are_all_there_are() -> None:
    assert {name for _, name in KINDS} >= {*faults.__all__, *mitigations.__all__} - {"Fault", "Mitigation"}
    assert {case.field.name for case in CASES} >= {"latency", "jitter", "older_than", "until_right", "enabled", "rate"}


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_its_type_is_known(case: Case) -> None:
    assert case.reading.metavar


@pytest.mark.parametrize("hint", [bytes, list[str], "Duration", int | str])
def test_an_unknown_type_is_noticed_when_the_command_is_made(hint: object) -> None:
    """Not when somebody uses it."""
    with pytest.raises(TypeError, match="cannot be given on the command line"):
        reading(hint)


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_argument and not case.reading.flag], ids=ids)
def test_a_valid_text_arrives_as_its_value(case: Case) -> None:
    text, value = valid(case)
    assert getattr(typed(case, flag(case.field.name), text), case.field.name) == value


def test_a_virtual_router_is_named_as_a_pair_was() -> None:
    case = next(case for case in CASES if str(case) == "garp_lost-virtual_router")
    assert typed(case, "--pair", "external") == typed(case, "--virtual-router", "external")


@pytest.mark.parametrize("case", [case for case in CASES if case.reading.flag], ids=ids)
def test_a_boolean_is_a_pair_of_flags(case: Case) -> None:
    name = case.field.name.replace("_", "-")
    assert getattr(typed(case), case.field.name) == case.field.default
    assert getattr(typed(case, f"--{name}"), case.field.name) is True
    assert getattr(typed(case, f"--no-{name}"), case.field.name) is False


@pytest.mark.parametrize("case", [case for case in CASES if not case.field.required], ids=ids)
def test_the_default_can_be_typed(case: Case) -> None:
    """And help shows it as one would type it."""
    default = case.field.default
    if default is None or case.reading.flag:
        return
    assert case.reading.read(case.field.name, case.reading.show(default)) == default


@pytest.mark.parametrize("case", [case for case in CASES if case.reading.metavar != "TEXT"], ids=ids)
def test_an_invalid_text_names_itself_and_the_valid_ones(case: Case) -> None:
    if case.reading.flag:
        return
    for text in INVALID.get(case.reading.metavar, ["nonsense"]):
        with pytest.raises(BadValue) as refused:
            case.reading.read(case.field.name, text)
        assert f"{case.field.name} is '{text}'; valid is " in str(refused.value)
        assert all(each in str(refused.value) for each in case.reading.valid)


@pytest.mark.parametrize("case", NAMES, ids=ids)
def test_a_name_that_is_not_there_is_named(case: Case) -> None:
    words = example(case.kind).split()
    arguments = ["nowhere", *words[1:]] if case.is_argument else [*words, flag(case.field.name), "nowhere"]
    ended = invoke(case.verb, case.name, *arguments, "--dry-run")
    assert ended.exit_code != 0
    assert "nowhere" in str(ended.exception)


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_help_shows_how_to_type_it_and_its_default(case: Case) -> None:
    shown = unstyle(invoke(case.verb, case.name, "--help").output)
    name = case.field.name.upper() if case.is_argument else flag(case.field.name)
    (line,) = [line for line in shown.splitlines() if re.match(rf"│ *\*? *{name}[ ,]", line)]
    if not case.is_argument and not case.reading.flag:
        assert case.reading.metavar in line
    if case.reading.flag:
        assert f"--no-{case.field.name.replace('_', '-')}" in line
    elif not case.field.required and case.field.default is not None:
        assert f"[default: {case.reading.show(case.field.default)}]" in line


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_each_option_is_planned_without_a_lab(case: Case) -> None:
    option = flag(case.field.name)
    if case.is_argument:
        options = [[], ["--json"]]
    elif case.reading.flag:
        options = [[option], [option.replace("--", "--no-")]]
    else:
        options = [[option, valid(case)[0]]]
    for each in options:
        ended = invoke(case.verb, case.name, *example(case.kind).split(), *each, "--dry-run")
        assert ended.exit_code == 0, ended.output
        assert ended.output


@pytest.mark.parametrize("verb, name", KINDS, ids="-".join)
def test_the_examples_of_help_can_be_typed(verb: str, name: str) -> None:
    shown = unstyle(invoke(verb, name, "--help").output)
    lines = re.findall(rf"harness ({verb} {name} [^│\n]*?) *(?:│|\n)", shown)
    assert lines
    for line in lines:
        ended = invoke(*line.split(), *([] if "--dry-run" in line else ["--dry-run"]))
        assert ended.exit_code == 0, ended.output


def test_zero_is_a_duration_only_where_none_is_needed() -> None:
    assert typed(case_of("slow_link", "jitter"), "--jitter", "0ms") == faults.slow_link("db-1", 500 * ms)
    with pytest.raises(BadValue, match="latency is '0ms'"):
        typed(case_of("slow_link", "latency"), "--latency", "0ms")


@pytest.mark.parametrize(
    "options, words",
    [
        ("--latency 1500us", "latency is '1.5 ms'; valid is whole milliseconds, from 1ms to 24 hours"),
        ("--latency 100us", "latency is '100 us'"),
        (
            "--latency 10ms --jitter 11ms",
            "jitter is '11 ms'; valid is a whole number of milliseconds, up to the latency",
        ),
        ("--latency 10ms --jitter 500us", "jitter is '500 us'"),
    ],
)
def test_toxiproxy_knows_whole_milliseconds_only(options: str, words: str) -> None:
    """What it would round in silence is refused."""
    ended = invoke("inject", "slow_link", "db-1", *options.split(), "--dry-run")
    assert words in str(ended.exception)


def test_a_duration_is_printed_as_it_was_meant() -> None:
    assert [typeable(ns) for ns in (0, 50 * ms, 3 * s, 1500 * ms, 1_500_000, 120 * s)] == [
        "0s", "50ms", "3s", "1500ms", "1500us", "120s",
    ]  # fmt: skip


def case_of(name: str, field: str) -> Case:
    return next(case for case in CASES if (case.name, case.field.name) == (name, field))


def test_mitigations_without_an_end_are_acts() -> None:
    """They need no lease, so that operators can act while a fault is held."""
    for case in CASES:
        if case.verb == "mitigate":
            thing = typed(case)
            assert isinstance(thing, Mitigation)
            held = [part for part in thing.plan(LAB).parts if part.op.held]
            assert bool(held) == bool(thing.targets())
