"""Where output cannot go: neither is a verdict (1), nor a defect of the harness (70)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = [sys.executable, "-m", "harness"]


@pytest.mark.parametrize("arguments", [("rules",), ("rules", "--json")])
def test_a_reader_that_went_away_is_told_as_a_shell_tells_it(arguments: tuple[str, ...]) -> None:
    inward, outward = os.pipe()
    os.close(inward)
    done = subprocess.run([*HARNESS, *arguments], stdout=outward, stderr=subprocess.PIPE, text=True, check=False)
    os.close(outward)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_a_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*HARNESS, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "harness: no space is left for the output. Make room, and try again.\n"
