"""The page of real recordings: all that it must say, nothing that acts, the same bytes again."""

import base64
import hashlib
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from harness.explain import explain_run
from harness.history import store
from harness.report.page import write
from harness.report.page.gate_told import KEPT
from tests.unit.report.page.hostile import DATA, EVIL, Page, hostile_run

RECORDINGS = sorted(path.parent.name for path in DATA.glob("*/outcome.json"))


def page_of(run: Path, tmp_path: Path, against: Path | None = None) -> str:
    return write(run, tmp_path / "page.html", against).read_text()


def copied(recording: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / recording, tmp_path / "run" / recording))


@pytest.mark.parametrize("recording", RECORDINGS)
def test_every_recording_has_a_page_with_every_violated_sentence(recording: str, tmp_path: Path) -> None:
    page = Page(page_of(DATA / recording, tmp_path))
    outcome = store.read_outcome(DATA / recording)
    steps = [step for test in outcome.tests for trial in test.trials for step in trial.steps]
    assert all(finding.sentence in page.words for step in steps for finding in step.checks)
    assert page.tags.count("script") == 2  # the trial's arrays, and the script
    assert "What was not available" in page.words


def test_the_same_history_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    there = copied("outage", tmp_path)
    first, second = page_of(DATA / "outage", tmp_path), page_of(there, tmp_path)
    assert first == second
    assert str(tmp_path) not in first


def test_the_policy_allows_this_script_and_this_style_alone(tmp_path: Path) -> None:
    page = page_of(DATA / "outage", tmp_path)
    hashes = {
        kind: "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        for kind, body in re.findall(r"<(script|style)>(.*?)</\1>", page, re.DOTALL)
    }
    assert f"script-src '{hashes['script']}'; style-src '{hashes['style']}';" in page
    assert "content=\"default-src 'none'; " in page
    assert not any(name in {"style", "src"} or name.startswith("on") for name, _ in Page(page).attributes)


def test_nothing_in_a_run_acts(tmp_path: Path) -> None:
    run = hostile_run("outage", tmp_path)
    text = page_of(run, tmp_path, against=DATA / "flush")
    plain, evil = Page(page_of(DATA / "outage", tmp_path, against=DATA / "flush")), Page(text)
    assert set(evil.tags) == set(plain.tags)
    assert "img" not in evil.tags
    assert [len(each) > 0 for each in evil.scripts] == [True, True]
    assert {name for name, _ in evil.attributes} == {name for name, _ in plain.attributes}
    assert not set(text) & set("\u2028\u202e\x1b")
    assert EVIL.partition("\u2028")[0] in evil.words


def test_secrets_of_the_configuration_are_in_no_page(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    for file in run.glob("configuration/*/*/keepalived.conf"):
        file.write_text(f"{file.read_text()}\n# auth_pass Tr0ub4dor\n")
    page = page_of(run, tmp_path, against=DATA / "outage")
    assert "Tr0ub4dor" not in page
    assert "auth_pass REDACTED" in page


def test_a_changed_secret_is_a_difference_that_is_not_shown(tmp_path: Path) -> None:
    runs = [copied("outage", tmp_path / name) for name in ("one", "two")]
    for run, secret in zip(runs, ("Tr0ub4dor", "c0rrect"), strict=True):
        (file,) = run.glob("configuration/*/lb-ext-1/keepalived.conf")
        file.write_text(f"# stats auth admin:x\nstats auth admin:{secret}\n")
    page = page_of(runs[0], tmp_path, against=runs[1])
    assert "lb-ext-1/keepalived.conf differs in a secret" in page
    assert not re.search("Tr0ub4dor|c0rrect", page)


def test_what_differs_from_an_earlier_run_is_shown_by_line(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    (file,) = run.glob("configuration/*/lb-ext-2/keepalived.conf")
    file.write_text(file.read_text().replace("priority 100", "priority 90"))
    words = Page(page_of(run, tmp_path, against=DATA / "outage")).words
    assert re.search(r"-\s+priority 100\n", words)
    assert re.search(r"\+\s+priority 90\n", words)


def test_a_run_without_an_outcome_is_shown_and_not_judged(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    (run / "outcome.json").unlink()
    words = Page(page_of(run, tmp_path)).words
    assert "no verdict" in words
    assert "No check has judged this run." in words
    assert "there is none; the run did not come to its end" in words
    assert "lb-ext-2 takes 10.77.0.100" in words


def test_an_invalid_trial_gives_its_reasons_and_its_findings_count_for_nothing(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    outcome = msgspec.json.decode((run / "outcome.json").read_bytes())
    outcome["tests"][0]["trials"][0] |= {"valid": False, "reasons": ["12 events were lost."], "phase": "instruments"}
    (run / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    page = Page(page_of(run, tmp_path))
    assert "(instruments): 12 events were lost." in page.words
    assert "No check was violated." in page.words
    assert "no step of a valid trial" in page.words


def test_a_gate_says_safe_or_unsafe_and_what_was_not_tried(tmp_path: Path) -> None:
    run = copied("survived", tmp_path)
    tried = {
        "name": "power-cut", "about": "lb1 loses power", "fault": "power cut lb1", "decides": True, "verdict": "failed",
        "trials": 1, "failed": 1, "bound_s": 3.6, "formula": "3.6 s = 3 × advert_int", "failure": "dark for 9 s <b>",
        "recovery_s": {"192.0.2.10": [9.0, None]}, "new_field": 1,
    }  # fmt: skip
    report = {
        "verdict": "UNSAFE", "sentence": "192.0.2.10 was without service", "tests": [tried],
        "not_tried": ["return: no time"], "unjudged": {"192.0.2.11": "no probe"},
        "exposed": ["partition: both have it"],
        "preventions": [{"name": "<b>", "word": "does not help", "changes": [{"file": "a", "line": 3, "text": "<i>"}]}],
    }  # fmt: skip
    (run / KEPT).write_bytes(msgspec.json.encode(report))
    words = Page(page_of(run, tmp_path)).words
    assert "SAFE:" not in words, "as a verdict it would contradict the other"
    for said in (
        "UNSAFE", "192.0.2.10 was without service", "dark for 9 s <b>", "192.0.2.10 9.00 s, to the end",
        "3.6 s = 3 × advert_int", "return: no time", "192.0.2.11: no probe", "partition: both have it",
        "Prevention, does not help: <b>", "a, after line 3: <i>",
    ):  # fmt: skip
        assert said in words


def test_a_gate_says_a_failure_and_a_test_once(tmp_path: Path) -> None:
    """The table above has the failure; a gate's step is called as its test."""
    run = copied("outage", tmp_path)
    outcome = msgspec.json.decode((run / "outcome.json").read_bytes())
    test = outcome["tests"][0]
    test["name"] = test["trials"][0]["steps"][0]["name"] = "power-cut"
    test["trials"][0]["failure"] = "6.5 s later it is not served"
    (run / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    tried = {
        "name": "power-cut", "about": "a", "fault": "b", "decides": True, "verdict": "not measured", "trials": 1,
        "failed": 1, "bound_s": 3.6, "formula": "f", "failure": "busy; seen: 6.5 s later it is not served",
        "recovery_s": {},
    }  # fmt: skip
    alone = Page(page_of(run, tmp_path)).words
    (run / KEPT).write_bytes(msgspec.json.encode({"verdict": "UNSAFE", "sentence": "down", "tests": [tried]}))
    gated = Page(page_of(run, tmp_path)).words
    assert [words.count("6.5 s later it is not served") for words in (alone, gated)] == [1, 1]
    assert ["Not as expected" in words for words in (alone, gated)] == [True, False]
    assert "power-cut, power-cut" not in gated


def test_trials_have_a_dot_each(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    outcome = msgspec.json.decode((run / "outcome.json").read_bytes())
    outcome["tests"][0]["trials"] *= 3
    (run / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    page = Page(page_of(run, tmp_path))
    assert page.tags.count("svg") == 2  # customer-2 and customer-3: customer-1 was not affected
    assert "down 3/3" in page.words
    assert "A timeline of outage, trial 2: the history has no step of it." in page.words


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    (tmp_path / "other").write_text("of the reader")
    (run / "configuration" / "advert-100ms" / "lb-ext-1" / "x").symlink_to(tmp_path / "other")
    assert "of the reader" not in page_of(run, tmp_path)


def test_a_vantage_point_without_a_probe_is_named(tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    (run / "requests" / "customer-2.rec.gz").unlink()
    assert "outage, trial 1: no probe of customer-2 is recorded." in Page(page_of(run, tmp_path)).words


def test_a_violated_check_says_why_and_what_ends_it(tmp_path: Path) -> None:
    words = Page(page_of(DATA / "outage", tmp_path)).words
    told = {each.told.check: each.told for each in explain_run(DATA / "outage")}
    assert told["no_stale_arp"].paragraph in words
    assert all(remedy.said in words for remedy in told["no_stale_arp"].ends)
    assert "What one would have seen" in words


@pytest.mark.parametrize(
    "gw_1, gw_9, told",
    [("lb-ext-1", None, "lb-ext-1 ← gw-1"), (None, None, "no node ← gw-1 gw-9"), (None, "lb-ext-2", "lb-ext-2 ← gw-9")],
)
def test_a_cache_that_never_led_to_a_node_is_shown_only_where_none_did(
    gw_1: str | None, gw_9: str | None, told: str, tmp_path: Path
) -> None:
    """With two VIPs a customer asks for one: of the other it never has an entry."""
    run = copied("outage", tmp_path)
    outcome = msgspec.json.decode((run / "outcome.json").read_bytes())
    (step,) = outcome["tests"][0]["trials"][0]["steps"]
    step["arp"] = {"gw-1": gw_1, "gw-9": gw_9}
    (run / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    words = Page(page_of(run, tmp_path)).words
    assert told in words
    assert ("no node ←" in words) == (not gw_1 and not gw_9)
