"""Where a base image comes from: an image registry, or, without one, a package mirror.

For sites with package mirrors but no image registry: ``mmdebstrap`` makes a bare Debian from the mirror that this
machine's own package manager uses, and ``docker import`` takes it. Either way it becomes ``bootstrap:RELEASE``, and
from there on all builds are the same.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import docker
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException

from harness.lab import engine
from harness.lab.dockerfile import BOOTSTRAPS
from harness.model.errors import EnvironmentProblem
from harness.model.release import USUAL_RELEASE

REGISTRY_DEADLINE_S: Final = 6  # a registry that can be reached answers in well under a second

_ARCHITECTURES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_SLIM: Final = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")

Progress = Callable[[str], None]


def upstream(release: str = USUAL_RELEASE) -> str:
    """Its name in an image registry."""
    return f"debian:{release}-slim"


def bootstrap(release: str = USUAL_RELEASE) -> str:
    """Our own name of it."""
    return f"{BOOTSTRAPS}:{release}"


def ensure_bootstrap(client: docker.DockerClient, progress: Progress, log: Path, release: str = USUAL_RELEASE) -> None:
    """Makes `bootstrap` exist. Raises `EnvironmentProblem` if neither source serves, with the reason of each."""
    if _exists(client, bootstrap(release)):
        return
    if _exists(client, upstream(release)):  # loaded by hand where nothing can be reached: docker load
        client.images.get(upstream(release)).tag(*bootstrap(release).split(":"))
        return
    no_registry = registry_problem(release=release)
    if no_registry is None:
        _pull(client, progress, release)
    else:
        progress(f"no image registry ({no_registry}): making {release} from the package mirror, about 20 s")
        _bootstrap(client, no_registry, log, release)


def registry_problem(deadline_s: int = REGISTRY_DEADLINE_S, release: str = USUAL_RELEASE) -> str | None:
    """Why the *engine* gets no `upstream` from a registry, in a few words; None: it does."""
    client = engine.connect(timeout_s=deadline_s)
    try:
        client.images.get_registry_data(upstream(release))
    except RequestException:
        return f"no answer within {deadline_s} s"
    except DockerException as error:
        return str(error).rsplit(": ", maxsplit=1)[-1].strip('")( ')
    finally:
        client.close()
    return None


def mirror() -> str | None:
    """The Debian mirror of this machine: ``HARNESS_DEBIAN_MIRROR``, else the first that its package manager uses."""
    if given := os.environ.get("HARNESS_DEBIAN_MIRROR"):
        return given
    listing = _apt("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages")
    return next((line.split()[1] for line in listing.splitlines() if line.startswith("Debian ")), None)


def _pull(client: docker.DockerClient, progress: Progress, release: str) -> None:
    name = upstream(release)
    progress(f"pulling {name} (30 MB)")
    try:
        repository, tag = name.split(":")
        client.images.pull(repository, tag).tag(*bootstrap(release).split(":"))
        client.images.remove(name)  # `bootstrap` names it: `down --images` then removes all of it
    except DockerException as error:
        raise EnvironmentProblem(f"Pulling {name} failed: {error}") from error


def _bootstrap(client: docker.DockerClient, no_registry: str, log: Path, release: str) -> None:
    if problem := _why_not_here(client):
        raise EnvironmentProblem(
            f"The base image is available neither from an image registry ({no_registry}) nor from a package mirror: "
            f"{problem} Or load it by hand: docker save {upstream(release)} | docker load."
        )
    unfinished = f"{bootstrap(release)}-unfinished"  # an interrupt must not leave half an image under the name
    try:
        _import(unfinished, log, release)
        client.images.get(unfinished).tag(*bootstrap(release).split(":"))
    finally:
        if _exists(client, unfinished):
            client.images.remove(unfinished, force=True)


def _import(made: str, log: Path, release: str) -> None:
    """An import that ends early, as on a full disk, reads no more: mmdebstrap then ends by SIGPIPE."""
    with log.open("wb") as output:
        maker = subprocess.Popen(_command(str(mirror()), release), stdout=subprocess.PIPE, stderr=output)
        assert maker.stdout
        with maker.stdout as system:  # closed here, too: as long as a reader is left, mmdebstrap waits for it
            taker = subprocess.run(
                ["docker", "import", "-", made], stdin=system, stdout=output, stderr=output, check=False
            )
    if maker.wait() or taker.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-6:])
        raise EnvironmentProblem(
            f"mmdebstrap ended with status {maker.returncode}, docker import with {taker.returncode}:\n{last}\n"
            f"Full log: {log}. Is {release} on the package mirror {mirror()}? HARNESS_DEBIAN_MIRROR=URL names another."
        )


def _why_not_here(client: docker.DockerClient) -> str | None:
    theirs = str(client.info()["Architecture"])
    if shutil.which("mmdebstrap") is None:
        return "mmdebstrap is missing (apt-get install mmdebstrap, or `make setup`)."
    if mirror() is None:
        return "this machine has no Debian package source (HARNESS_DEBIAN_MIRROR=URL names one)."
    if _ARCHITECTURES.get(theirs) != _ARCHITECTURES.get(platform.machine()):
        return f"this machine is {platform.machine()}, the engine's {theirs}."
    return None


def _command(source: str, release: str) -> list[str]:
    """The image keeps this machine's proxy, which builds on the image need, and nothing else of this machine."""
    excluded = [f"--dpkgopt=path-exclude={path}" for path in _SLIM]
    proxy = _apt("apt-config", "dump", "--format", "%f %v%n", "Acquire::http::Proxy").partition(" ")[2].strip()
    proxied = [f'--aptopt=Acquire::http::Proxy "{proxy}"'] if proxy else []
    languages = '--aptopt=Acquire::Languages "none"'
    return [
        "mmdebstrap",
        "--variant=minbase",
        "--include=ca-certificates",
        languages,
        *excluded,
        *proxied,
        release,
        "-",
        source,
    ]


def _apt(*argv: str) -> str:
    """Empty where there is no apt: then there is no mirror either."""
    if shutil.which(argv[0]) is None:
        return ""
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def _exists(client: docker.DockerClient, reference: str) -> bool:
    try:
        client.images.get(reference)
    except ImageNotFound:
        return False
    return True
