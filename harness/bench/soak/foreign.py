"""What operators set by hand stays as it is: tests/lab/test_foreign.py, with as many sequences as asked for."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.errors import NotMeasured

ROOT: Final = Path(__file__).resolve().parents[3]
TEST: Final = "tests/lab/test_foreign.py"
KILLED: Final = 10
"""One sequence with deaths of clients for so many without."""
MEASURED: Final = (0, 1)  # of pytest: all passed, some failed


def soak(asked: Soak) -> SoakResult:
    """Raises `NotMeasured` if pytest could not run the tests."""
    if not (ROOT / TEST).exists():
        raise NotMeasured(f"{TEST} is part of the repository, not of the package: run this from a clone.")
    kills = max(1, asked.trials // KILLED)
    counts = {"FOREIGN_SEQUENCES": str(asked.trials), "FOREIGN_KILLS": str(kills)}
    log = asked.into / "foreign.log"
    asked.say(f"progress: tail -f {log}")
    command = [sys.executable, "-m", "pytest", TEST, "--lab", f"{asked.lab}-foreign", "--probe-rate", "40", "-v"]
    with log.open("wb") as output:
        done = subprocess.run(command, cwd=ROOT, env=os.environ | counts, stdout=output, stderr=output, check=False)
    told = log.read_text(errors="replace")
    if done.returncode not in MEASURED:
        raise NotMeasured(f"pytest ended with the exit status {done.returncode}. See {log}.")
    sentence = f"{asked.trials} sequences without deaths and {kills} with: {_end(told)}"
    return SoakResult(sentence, tuple(unmet(told, done.returncode)), {})


def unmet(told: str, status: int) -> Iterator[str]:
    """Each test that did not pass. One that was skipped has shown nothing."""
    found = re.findall(rf"^{re.escape(TEST)}::(\w+) (\w+)", told, re.MULTILINE)
    if not found:
        yield f"No test ran (pytest's exit status {status})."
    yield from (f"{name} is {result}" for name, result in found if result != "PASSED")


def _end(told: str) -> str:
    lines = told.strip().splitlines()
    return lines[-1].strip("= ") if lines else "no output"


PART = SoakPart("foreign rules, addresses and settings under faults", 200, lambda n: 1 + n * 1.1 * 0.4, soak)
