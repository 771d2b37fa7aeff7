"""`harness gate` on labs of sites: a sound pair is SAFE, one that nothing watches is not, and nothing stays behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import docker
import pytest

from harness.lab.containers import listed
from harness.lab.generated import names
from harness.lab.images import LABEL
from harness.lab.site_image import REPOSITORY

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).parents[2]
SITES: Final = ROOT / "tests" / "data" / "sites"


def gate(folder: Path, *options: str, cwd: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "harness", "gate", str(folder), "--json", *options]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def left_behind() -> list[str]:
    client = docker.from_env()
    try:
        labs = [each.lab for each in listed(client, LABEL) if each.lab and each.lab.startswith("gate-")]
        images = [tag for image in client.images.list(REPOSITORY) for tag in image.tags]
        return [*labs, *images, *(name for name in names() if name.startswith("gate-"))]
    finally:
        client.close()


def test_a_sound_pair_is_safe(tmp_path: Path) -> None:
    """HAProxy is killed for good: the check puts its node into FAULT, and the other one serves within their timers."""
    status, report = gate(SITES / "wiki-minimal", "--only", "haproxy-killed", "--junit", "gate.xml", cwd=tmp_path)
    assert (status, report["verdict"]) == (0, "SAFE"), report
    rest, killed = report["tests"]
    assert rest["recovery_s"] == {"192.0.2.10": [0.0]}
    assert 0.2 < killed["recovery_s"]["192.0.2.10"][0] <= killed["bound_s"]
    assert (tmp_path / "gate.xml").read_text().count("<testcase") == 3
    assert left_behind() == []


def test_a_pair_that_nothing_watches_is_not(tmp_path: Path) -> None:
    """Lint says so by its line; the test that is asked for by name shows it."""
    status, report = gate(SITES / "forum-no-check", "--only", "haproxy-killed", cwd=tmp_path)
    assert (status, report["verdict"]) == (1, "UNSAFE"), report
    assert "no-check" in {each["rule"] for each in report["findings"]}
    _, killed = report["tests"]
    assert (killed["verdict"], killed["recovery_s"]) == ("failed", {"198.51.100.222": [None]})
    assert left_behind() == []
