"""The base image is made by two programs, one of which may end before the other."""

import sys
import threading
from pathlib import Path

import pytest

from harness.lab import bootstrap
from harness.model.errors import EnvironmentProblem

WRITES = "import sys\nfor _ in range(64): sys.stdout.buffer.write(bytes(65536))\n"  # more than a pipe holds
NO_SPACE = '#!/bin/sh\necho "no space left on device" >&2\nexit 1\n'


def test_an_import_that_ends_early_ends_the_other_program_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk: mmdebstrap would wait for a reader, and the harness for mmdebstrap."""
    (tmp_path / "docker").write_text(NO_SPACE)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(bootstrap, "mirror", lambda: "http://mirror")
    monkeypatch.setattr(bootstrap, "_command", lambda *_: [sys.executable, "-S", "-c", WRITES])
    problems = list[EnvironmentProblem]()

    def make() -> None:
        try:
            bootstrap._import("made", tmp_path / "log", "trixie")
        except EnvironmentProblem as problem:
            problems.append(problem)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    maker.join(20)
    assert not maker.is_alive()
    assert "docker import with 1:\n" in str(problems[0])
    assert "no space left on device" in str(problems[0])
