"""A wheel of this checkout in an environment of its own. Nothing is downloaded: it borrows the tests' dependencies."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Final

import msgspec

from harness.model.folders import ROOT

LONGEST_S: Final = 600


class Installed(msgspec.Struct, frozen=True):
    """The environment of the wheel, and what its user's XDG_STATE_HOME says."""

    folder: Path
    state: Path
    lab: str

    def run(self, cwd: Path, *command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """A program of the environment, in this directory, to its end, which must have this exit status."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        environment = kept | {"XDG_STATE_HOME": str(self.state), "HARNESS_LAB": self.lab}
        program = [str(self.folder / "bin" / command[0]), *command[1:]]
        done = subprocess.run(
            program, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
        assert done.returncode == code, f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


def install(wheel: Path, base: Path, lab: str) -> Installed:
    """`base`: an empty folder. `lab`: the usual one of its commands."""
    venv.create(base / "environment", symlinks=True)
    _into(wheel, base / "environment")
    return Installed(base / "environment", base / "state", lab)


def built(into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = into.glob("*.whl")
    return wheel


def _into(wheel: Path, environment: Path) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile"]
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site / "borrowed.pth").write_text("\n".join(borrowed))
