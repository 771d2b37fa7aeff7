"""The lab's images: which exist, which are stale, building what is missing, and taking all of them away.

Built by ``docker compose build``: Compose carries its own BuildKit client, so Engine 20.10 without the buildx plugin
will do. compose/images.yaml says how an image is built; the folders of compose/ say which images there are and what is
in them (`harness.lab.dockerfile`).
"""

import collections
import fcntl
import json
import os
import re
import ssl
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import docker
from docker.errors import APIError

from harness.lab import engine
from harness.lab.bootstrap import bootstrap, ensure_bootstrap
from harness.lab.build_context import build_context
from harness.lab.dockerfile import (
    BALANCER,
    BASE,
    BOOTSTRAPS,
    CERTIFICATE,
    PREFIX,
    Image,
    generations,
    needed,
    of_release,
    read_images,
)
from harness.model.errors import EnvironmentProblem, LeftBehind
from harness.model.folders import ROOT, state
from harness.model.release import USUAL_RELEASE

LABEL: Final = "failover-harness.content"
EXPECTED_S: Final = 25  # one image on two cores with a near mirror; several at once take less

Progress = Callable[[str], None]

_STEP = re.compile(r"^#\d+ (\[[\w -]+ \d+/\d+\] .+)$")  # BuildKit's plain progress: "#7 [agent 3/6] RUN …"
_STEP_WIDTH: Final = 100
_SHOWN_LINES: Final = 15
_HINTS: Final = (
    (r"certificate|SSL", "Is TLS inspected here? SSL_CERT_FILE=BUNDLE names the certificates that pip trusts."),
    (r"no space left", "The engine's disk is full: docker system df shows what uses it."),
    (r"resolv|Unable to (fetch|locate)|timed? ?out|Connection", "A build could not reach a package mirror."),
)


def ensure_images(
    progress: Progress,
    root: Path = ROOT,
    wanted: Iterable[str] | None = None,
    releases: Iterable[str] = (USUAL_RELEASE,),
) -> tuple[str, ...]:
    """Builds what is missing or stale → the names of what was built, () if nothing was.

    `wanted`: names; what they start from is built too. None: every image. `releases`: of Debian; those of which there
    must be a balancers' image.

    Raises `EnvironmentProblem` with the last lines of a failed build, its log and what to try.
    """
    client = engine.connect()
    try:
        with _build_lock(root):
            return _ensure(client, progress, root, wanted, tuple(releases))
    finally:
        client.close()


def stale_images(client: docker.DockerClient, root: Path = ROOT, release: str = USUAL_RELEASE) -> tuple[Image, ...]:
    """Images that do not exist or were built from other files than the checkout's or package's, parents first.

    Of another release than the usual: its base and its balancers' image alone.
    """
    built = dict(_labelled(client))
    with build_context(root) as context:
        images = read_images(context, tag())
    every = images if release == USUAL_RELEASE else of_release(images, release)
    return tuple(image for image in every if built.get(image.reference) != image.content)


def remove_images(progress: Progress) -> tuple[str, ...]:
    """Every image that this harness built, of any version → their references. `LeftBehind` if a container uses one."""
    client = engine.connect()
    try:
        references = [reference for reference, _ in _labelled(client)]
        references += [reference for each in client.images.list(BOOTSTRAPS) for reference in each.tags]
        for reference in references:
            progress(f"removing {reference}")
            _remove(client, reference)
        _prune(client)
        return tuple(references)
    finally:
        client.close()


def tag() -> str:
    """``HARNESS_VERSION``, which compose.yaml uses as well; by default ``dev``."""
    return os.environ.get("HARNESS_VERSION") or "dev"


def _ensure(
    client: docker.DockerClient,
    progress: Progress,
    root: Path,
    wanted: Iterable[str] | None,
    releases: tuple[str, ...],
) -> tuple[str, ...]:
    """The usual images first: those of another release are made of them."""
    others = [
        tuple(needed(stale_images(client, root, release), {BALANCER}))
        for release in releases
        if release != USUAL_RELEASE
    ]
    names = None if wanted is None else _usual(set(wanted), releases, parents=any(others))
    stale = [tuple(needed(stale_images(client, root), names)), *others]
    if not any(stale):
        return ()
    every = [image for images in stale for image in images]
    progress(f"building {', '.join(map(_named, every))}: about {EXPECTED_S * len(every)} s")
    for images in filter(None, stale):
        _build_all(client, progress, root, images)
    _prune(client)
    return tuple(map(_named, every))


def _usual(wanted: set[str], releases: tuple[str, ...], *, parents: bool) -> set[str]:
    """Of the usual release: no balancers' image if no node has it. `parents`: one of another release is to be built."""
    names = wanted if USUAL_RELEASE in releases else wanted - {BALANCER}
    return names | {BASE, CERTIFICATE} if parents else names


def _build_all(client: docker.DockerClient, progress: Progress, root: Path, stale: tuple[Image, ...]) -> None:
    if any(image.name == BASE for image in stale):
        ensure_bootstrap(client, progress, _state(root) / "bootstrap.log", stale[0].release)
    for generation in generations(stale):
        _build(generation, progress, root)


def _named(image: Image) -> str:
    return image.name if image.release == USUAL_RELEASE else f"{image.name} of {image.release}"


def _build(images: tuple[Image, ...], progress: Progress, root: Path) -> None:
    """In parallel, as Compose does with the services of one project. Raises `EnvironmentProblem`."""
    names = "-".join(_named(image).replace(" ", "-") for image in images)
    log, began = _state(root) / f"build-{names}.log", time.monotonic()
    with tempfile.TemporaryDirectory() as folder, build_context(root) as context:
        own = Path(folder) / "own.json"
        own.write_text(json.dumps({"services": {image.name: _service(image) for image in images}}))
        files = ["-f", str(context / "compose" / "images.yaml"), "-f", str(own)]
        argv = ["docker", "compose", *files, "build", *(image.name for image in images)]
        status, last = _run(argv, log, progress)
    if status:
        raise EnvironmentProblem(_failure(images, status, time.monotonic() - began, last, log))


def _service(image: Image) -> dict[str, object]:
    """What is merged over images.yaml: how to build stays there; the contents are ours, and another release is."""
    labels = {"labels": {LABEL: image.content}}
    if image.release == USUAL_RELEASE:
        return {"build": labels}
    base = {"BASE": f"{PREFIX}{BASE}:{image.release}"}
    start = {"BOOTSTRAP": bootstrap(image.release)} if image.name == BASE else base
    return {"image": image.reference, "build": labels | {"args": start}}


def certificates() -> Path:
    """This machine's certificate bundle: where TLS is inspected, pip in a build needs it too (as a secret).

    An empty file where there is none: images.yaml wants a file, and a build ignores an empty one.
    """
    paths = ssl.get_default_verify_paths()
    candidates = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", paths.cafile)
    given = os.environ.get("SSL_CERT_FILE")
    found = (Path(path) for path in (given, *candidates) if path and Path(path).is_file())
    return next(found, Path(os.devnull))


def _run(argv: list[str], log: Path, progress: Progress) -> tuple[int, list[str]]:
    """→ exit status and the last lines; every line goes to `log`, every build step to `progress`."""
    buildkit = {"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain", "COMPOSE_BAKE": "false"}
    environment = {"HARNESS_CA_BUNDLE": str(certificates()), **os.environ, **buildkit}
    last: collections.deque[str] = collections.deque(maxlen=_SHOWN_LINES)
    announced: set[str] = set()  # BuildKit repeats a step's title whenever its output goes on
    with (
        log.open("w") as output,
        subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process,
    ):
        for line in cast("Iterator[str]", process.stdout):
            output.write(line)
            last.append(line.rstrip())
            if (step := _STEP.match(line)) and step[1] not in announced:
                announced.add(step[1])
                progress(textwrap.shorten(step[1], _STEP_WIDTH, placeholder=" …"))
    return process.returncode, list(last)


def _failure(images: tuple[Image, ...], status: int, took_s: float, last: list[str], log: Path) -> str:
    said = "\n".join(last)
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said)), "The last lines say what failed.")
    names = ", ".join(image.reference for image in images)
    return f"Building {names} ended with status {status} after {took_s:.0f} s:\n{said}\nFull log: {log}\n{hint}"


def _labelled(client: docker.DockerClient) -> Iterator[tuple[str, str]]:
    """(reference, content) of every image with our label. A rebuilt reference belongs to the new one only."""
    for image in client.images.list(filters={"label": LABEL}):
        for reference in image.tags:
            yield reference, image.labels[LABEL]


def _remove(client: docker.DockerClient, reference: str) -> None:
    try:
        client.images.remove(reference)
    except APIError as error:
        raise LeftBehind(
            f"{reference} is still there: {error.explanation}. First: harness down (for every lab)."
        ) from error


def _prune(client: docker.DockerClient) -> None:
    """Removes the images that a rebuild left without a name: only ours, and none that a container uses."""
    client.images.prune(filters={"dangling": True, "label": [LABEL]})


def _state(root: Path) -> Path:
    folder = state(root)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _build_lock(root: Path) -> Iterator[None]:
    """Two labs that start at once build once: the second waits for the first and finds everything there."""
    with (_state(root) / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
