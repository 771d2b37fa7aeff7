"""What a run was made of, as it is kept in its outcome."""

from pathlib import Path

from harness.experiment.facts import facts_of
from harness.history import store
from harness.history.store import RunHeader
from tests.histories import lab


def test_a_run_says_what_it_was_made_of(tmp_path: Path) -> None:
    run = tmp_path / "run"
    header = RunHeader("run", "boot", 1, {"keepalived": "2.2.7"}, {"lab": "x"}, began="2026-11-29T22:00:00+00:00")
    store.create(run, header, lab())
    store.write_configuration(run, "default", {"lb-ext-1": {"keepalived.conf": "auth_pass topsecret\n"}})
    facts = facts_of(run, ["outage: blip transitions"])
    assert facts
    assert (facts.began, facts.versions, facts.parameters) == (header.began, {"keepalived": "2.2.7"}, {"lab": "x"})
    assert facts.configurations["default"]["lb-ext-1"]["keepalived.conf"].startswith("auth_pass mk-")
    assert facts.primary == ("outage: blip transitions",)


def test_a_run_that_never_began_says_nothing(tmp_path: Path) -> None:
    assert facts_of(tmp_path / "none", ()) is None
