"""Recorded answers of keepalived about 25 sites, 10 of them sound: what lint must find, and what it must not."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.lint import ALL, Pair, pair
from harness.lint._bounds import bounds
from harness.model.units import ms, s
from harness.site import pair_file
from harness.site.examined import Examined
from harness.site.site import KEEPALIVED

SITES = sorted((Path(__file__).parents[2] / "data" / "sites").iterdir())


def site_pair(folder: Path) -> Pair:
    return pair(pair_file.read(folder), examined(folder))


def examined(folder: Path) -> dict[str, Examined]:
    return msgspec.json.decode((folder / "examined.json").read_bytes(), type=dict[str, Examined])


def expected(folder: Path) -> Mapping[str, object]:
    return tomllib.loads((folder / "expect.toml").read_text())


def found(folder: Path) -> dict[str, set[str]]:
    """Rule → its places, of findings that are errors."""
    findings = [each for rule in ALL.values() for each in rule(site_pair(folder)) if each.severity == "error"]
    rules = {each.rule for each in findings}
    return {rule: {f"{each.file}:{each.line}" for each in findings if each.rule == rule} for rule in rules}


@pytest.mark.parametrize(
    "folder", [each for each in SITES if expected(each)["source"] == "sound"], ids=lambda f: f.name
)
def test_sound_sites_have_no_error(folder: Path) -> None:
    assert found(folder) == {}


@pytest.mark.parametrize(
    "folder", [each for each in SITES if expected(each)["source"] != "sound"], ids=lambda f: f.name
)
def test_the_defect_is_found_at_its_line_and_nothing_else_is(folder: Path) -> None:
    about = expected(folder)
    errors = found(folder)
    assert list(errors) == [about["finding"]]
    assert about["where"] in errors[str(about["finding"])]


@pytest.mark.parametrize("folder", [each for each in SITES if "bound_s" in expected(each)], ids=lambda f: f.name)
def test_bounds_are_those_of_the_site(folder: Path) -> None:
    should = expected(folder)["bound_s"]
    assert isinstance(should, dict)
    for router in site_pair(folder).routers:
        found = bounds(router)
        assert found
        assert found.haproxy_dead
        assert abs(found.peer_dead.ns - should["peer_dead"] * s) < ms
        assert abs(found.haproxy_dead.ns - should["haproxy_dead"] * s) < ms


def test_unexplained_messages_of_a_real_start_are_few() -> None:
    """Noise of a start that looks like a lost line would be told to every user."""
    dropped = {folder.name for folder in SITES if ALL["line-dropped"](site_pair(folder))}
    assert dropped == {"parcel-strict"}


def test_findings_have_no_password() -> None:
    radio = next(folder for folder in SITES if folder.name == "radio-password")
    told = str([rule(site_pair(radio)) for rule in ALL.values()])
    assert "onair" not in told


@pytest.mark.nightly
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_rule_breaks_on_a_text_that_has_lost_lines_words_and_braces(data: st.DataObject) -> None:
    """What keepalived runs with and what the file says are then two things, as after a change without a reload."""
    folder = data.draw(st.sampled_from(SITES))
    site = pair_file.read(folder)
    node = data.draw(st.sampled_from(sorted(site.nodes.values(), key=lambda each: each.name)))
    file = next(each for each in node.files if each.path == KEEPALIVED)
    words = file.text.replace("\n", " \n ").split(" ")
    kept = [word for word in words if word == "\n" or data.draw(st.integers(0, 9))]
    changed = replace(file, content=" ".join(kept).encode())
    files = tuple(changed if each is file else each for each in node.files)
    odd = replace(site, nodes={**site.nodes, node.name: replace(node, files=files)})
    judged = pair(odd, examined(folder))
    for rule in ALL.values():
        rule(judged)
