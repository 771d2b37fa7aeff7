"""Bad input made from every signature: each is refused in a sentence that names it, before anything is started.

The command line: missing, without a unit, with an unknown one, negative, zero, too large, no number. The Python API,
which types nothing: the same values, and every name of the lab as the target of every fault. A value may also be a
good one; what may not happen is another error than `UsageError`, or a plan that no agent could keep.
"""

from collections.abc import Iterator
from math import inf, nan
from typing import Any, NamedTuple, get_type_hints

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from harness import faults, mitigations
from harness.cli import app
from harness.cli._parameters import Reading, command, family, flag, reading
from harness.faults import Fault
from harness.lab import definition
from harness.lab.lab_name import DEFAULT_LAB
from harness.mitigations import Mitigation
from harness.model.errors import UsageError
from harness.model.ops import Plan
from harness.model.topology import Topology
from harness.model.units import DAY, ms
from tests.full_network import full

USUAL = definition.of(DEFAULT_LAB)
LAB = USUAL.every
LARGE = 2**63
NUMBERS: tuple[int, ...] = (0, -1, 1, 2**62, LARGE - 1, LARGE, 10**30)
FRACTIONS = (0.0, -1.0, nan, inf, -inf, 1e308)
TEXTS = ("", " ", "nowhere", "lb-ext-1 ", "../../etc/passwd", "\x1b[2J", "a" * 5_000, "lb-ext-1.nowhere", "トランク")
NAMES = (*LAB.nodes, *LAB.ports, *LAB.trunks, *LAB.switches, *LAB.segments, *LAB.virtual_routers, *LAB.vantages)
BAD = {
    "DURATION": ("500", "5 parsecs", "-5s", "99999999999999999999s", "nan", "inf", ""),
    "INTEGER": ("", "many", "2.5", "9" * 30, "nan"),
    "NUMBER": ("", "many", "nan", "inf"),
    "RATE": ("", "2", "2parsecs", "-1Mbit", "0Mbit", "99999999999Gbit", "nan"),
}
"""By what help calls the kind of value."""


@pytest.fixture(autouse=True)
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine: what is refused is refused without one."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    monkeypatch.setattr(definition, "of", lambda _: USUAL)


class Case(NamedTuple):
    """One field. `example`: a good one of its kind, as its help has it."""

    verb: str
    name: str
    field: str
    example: Any

    def __str__(self) -> str:
        return f"{self.name}-{self.field}"

    def with_(self, value: object) -> Any:
        return msgspec.structs.replace(self.example, **{self.field: value})

    @property
    def topology(self) -> Topology:
        """A lab in which the example can be done: rings are in the full network alone."""
        return full() if isinstance(planned(self.example), str) else LAB

    @property
    def reading(self) -> Reading:
        return reading(get_type_hints(type(self.example), include_extras=True)[self.field])


def example(kind: "Kind") -> msgspec.Struct:
    seen: list[msgspec.Struct] = []

    def act(thing: msgspec.Struct, /, lab: str, *, dry_run: bool, json: bool) -> None:
        seen.append(thing)

    one = typer.Typer()
    one.command()(command(kind, (), act))
    one(kind.example.split(), standalone_mode=False)
    return seen[0]


Kind = type[Fault] | type[Mitigation]
KINDS: dict[tuple[str, str], Kind] = {
    **{("inject", name): kind for name, kind in family(faults, Fault).items()},
    **{("mitigate", name): kind for name, kind in family(mitigations, Mitigation).items()},
}
EXAMPLES = {key: example(kind) for key, kind in KINDS.items()}
CASES = [Case(*key, field, made) for key, made in EXAMPLES.items() for field in made.__struct_fields__]


def planned(thing: Any, topology: Topology = LAB) -> Plan | str:
    """Its plan as it is sent, or the sentence of its refusal. Any other error fails."""
    try:
        plan: Plan = thing.plan(topology)
        thing.describe()
    except UsageError as refused:
        return str(refused)
    assert plan.ends_ns is None or plan.ends_ns <= DAY, f"{thing}: no agent has a clock for that"
    msgspec.msgpack.encode(plan)  # raises OverflowError for what is no 64-bit number
    return plan


def kind_of(case: Case) -> str:
    return case.reading.metavar


@pytest.mark.parametrize("case", [case for case in CASES if kind_of(case) == "TEXT"], ids=str)
def test_a_text_is_refused_in_a_sentence_or_taken(case: Case) -> None:
    """Every name of the lab: also a switch, a segment, a node of another kind."""
    for text in (*NAMES, *TEXTS):
        told = planned(case.with_(text), case.topology)
        assert not isinstance(told, str) or (repr(text) in told or text in told), told


@pytest.mark.parametrize("case", [c for c in CASES if kind_of(c) in ("DURATION", "INTEGER", "RATE")], ids=str)
def test_a_whole_number_is_refused_in_a_sentence_or_taken(case: Case) -> None:
    for number in NUMBERS:
        told = planned(case.with_(number), case.topology)
        assert not isinstance(told, str) or case.field in told, told


@pytest.mark.parametrize("case", [case for case in CASES if kind_of(case) == "NUMBER"], ids=str)
def test_a_number_is_refused_in_a_sentence_or_taken(case: Case) -> None:
    for number in FRACTIONS:
        told = planned(case.with_(number), case.topology)
        assert isinstance(told, str) or number == number, "a plan with NaN"  # noqa: PLR0124 - NaN alone differs
        assert not isinstance(told, str) or case.field in told, told


def typed() -> Iterator[tuple[Case, str]]:
    for case in CASES:
        yield from ((case, text) for text in BAD.get(kind_of(case), ()))


@pytest.mark.parametrize("case, text", list(typed()), ids=str)
def test_what_is_typed_wrong_is_named(case: Case, text: str) -> None:
    words = type(case.example).example.split()
    first = case.field == case.example.__struct_fields__[0]
    arguments = [text, *words[1:]] if first else [*words, f"{flag(case.field)}={text}"]
    ended = invoke(case.verb, case.name, *arguments, "--dry-run")
    assert isinstance(ended.exception, UsageError), ended.output
    assert case.field in str(ended.exception)
    assert "valid is" in str(ended.exception)
    assert text in str(ended.exception)


@pytest.mark.parametrize("verb, name", KINDS, ids="-".join)
def test_what_is_missing_is_named(verb: str, name: str) -> None:
    """Or nothing is required: then the fault has a plan without a word."""
    ended = invoke(verb, name, "--dry-run")
    assert ended.exit_code in (0, 2), ended.output
    assert not ended.exception or isinstance(ended.exception, (SystemExit, UsageError)), ended.exception


def invoke(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, list(arguments))


FOR = 200 * ms


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.blackhole("lb-ext-1") & faults.blackhole("lb-ext-1.external", "in"), "drop lb-ext-1.external"),
        (faults.delay("gw-1", 10 * ms) & faults.delay("gw-1", 20 * ms), "delay"),
        (
            faults.card_replaced("gw-1.external")
            & faults.card_replaced("gw-1.external", "02:ca:4d:00:00:02").later(500 * ms),
            "gw-1.external",
        ),
        (faults.stopped("lb-ext-1", "haproxy") & faults.hung("lb-ext-1", "haproxy"), "haproxy"),
        (faults.killed("lb-ext-1", "haproxy") & faults.stopped("lb-ext-1", "haproxy"), "after the undo of the first"),
        (faults.freeze("lb-ext-1") & faults.hung("lb-ext-1", "haproxy", duration=FOR), "signal lb-ext-1 haproxy"),
        (faults.hung("lb-ext-1", "haproxy") & faults.freeze("lb-ext-1").later(FOR), "after the undo of the first"),
        (
            faults.hung("lb-ext-1", "haproxy")
            & faults.hung("lb-ext-1", "keepalived", FOR).later(FOR)
            & faults.freeze("lb-ext-1").later(3 * FOR),
            "signal lb-ext-1 haproxy and signal lb-ext-1'",
        ),
        (
            faults.address_deleted("lb-ext-1", "10.77.0.1") & faults.card_vanished("lb-ext-1.external"),
            "address gone lb-ext-1 10.77.0.1 and card gone lb-ext-1.external",
        ),
        (faults.link_down("lb-ext-1", FOR) & faults.link_down("lb-ext-1", FOR).later(FOR // 2), "from 200 ms on"),
        (faults.vrrp_lost("lb-ext-2") & faults.querier_gone("lb-ext-2"), "drop"),
        (faults.slow_link("db-1", 10 * ms) & faults.slow_link("db-1", 20 * ms), "db-1"),
        (
            faults.check_broken("lb-ext-1", "/usr/bin/pidof", "fails")
            & faults.check_broken("lb-ext-1", "/usr/bin/pidof"),
            "/usr/bin/pidof",
        ),
    ],
    ids=lambda value: value.describe() if isinstance(value, Fault) else "",
)
def test_faults_that_contradict_each_other_are_refused(fault: Fault, said: str) -> None:
    """The end of one would take the other back, and its undo would find nothing."""
    with pytest.raises(UsageError, match="both act on the same thing at once") as refused:
        fault.plan(LAB)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "fault",
    [
        faults.blackhole("trunk", "a-to-b", FOR) & faults.blackhole("trunk", "b-to-a"),
        faults.link_down("lb-ext-1", FOR) & faults.link_down("lb-ext-1", FOR).later(FOR),
        faults.link_down("lb-ext-1", FOR).then(faults.link_down("lb-ext-1")),
        faults.hung("lb-ext-1", "haproxy") & faults.stopped("lb-ext-1", "keepalived"),
        faults.hung("lb-ext-1", "haproxy") & faults.hung("lb-ext-2", "haproxy"),
        faults.delay("gw-1", 10 * ms) & faults.loss("gw-1", 20),
        faults.flapping("gw-1.external") & faults.flapping("gw-2.external"),
        faults.address_deleted("lb-ext-1") & faults.address_deleted("lb-ext-1"),
    ],
    ids=lambda fault: fault.describe(),
)
def test_faults_of_different_things_or_times_go_together(fault: Fault) -> None:
    assert fault.plan(LAB).parts
