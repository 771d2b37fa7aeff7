"""An image of the lab as its folder describes it: ``compose/NAME/Dockerfile``, built from the root of the checkout.

Its *content* is a digest over the Dockerfile, every file that it copies and the contents of the images that it
starts from. The image carries it as a label, so a changed file rebuilds what holds it and nothing else does.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import msgspec

from harness.model.errors import EnvironmentProblem
from harness.model.release import USUAL_RELEASE

PREFIX: Final = "failover-harness-"
BASE: Final = "base"
BALANCER: Final = "balancer"
CERTIFICATE: Final = "certificate"
BOOTSTRAPS: Final = f"{PREFIX}bootstrap"
BOOTSTRAP: Final = f"{BOOTSTRAPS}:{USUAL_RELEASE}"
BASE_TAG: Final = USUAL_RELEASE  # of the base: it follows the distribution, not this project's version

_PARENT = re.compile(rf"\b{PREFIX}([a-z0-9-]+)")
_COPY = re.compile(r"^\s*(?:COPY|ADD)\s+(.+)$", re.MULTILINE | re.IGNORECASE)
_BIND = re.compile(r"--mount=type=bind,\S*?source=([^,\s]+)")


class Image(msgspec.Struct, frozen=True):
    name: str  # the folder's: agent
    reference: str  # failover-harness-agent:dev
    parents: tuple[str, ...]  # names of the images that it starts from
    content: str  # sha256, 64 hexadecimal digits
    release: str = USUAL_RELEASE  # of Debian


def read_images(root: Path, tag: str) -> tuple[Image, ...]:
    """Every image of the checkout, parents first. Raises `EnvironmentProblem` if a copied file is not there."""
    texts = {path.parent.name: path.read_text() for path in sorted((root / "compose").glob("*/Dockerfile"))}
    parents = {name: _parents(text) for name, text in texts.items()}
    images: dict[str, Image] = {}
    for name in TopologicalSorter(parents).static_order():
        if name not in texts:
            raise EnvironmentProblem(f"An image starts from {PREFIX}{name}, but there is no compose/{name}/Dockerfile.")
        inherited = [images[parent].content for parent in parents[name]]
        content = _digest(root, name, texts[name], inherited)
        images[name] = Image(name, f"{PREFIX}{name}:{BASE_TAG if name == BASE else tag}", parents[name], content)
    return tuple(images.values())


def of_release(usual: tuple[Image, ...], release: str) -> tuple[Image, ...]:
    """The base and the balancers' image of another Debian release: from the same files, and from these images."""
    base, balancer = (next(image for image in usual if image.name == name) for name in (BASE, BALANCER))
    tag = balancer.reference.rpartition(":")[2]
    own = Image(BASE, f"{PREFIX}{BASE}:{release}", (), _digest_of(base.content, release), release)
    content = _digest_of(balancer.content, own.content)
    return own, Image(BALANCER, f"{PREFIX}{BALANCER}:{tag}-{release}", (BASE,), content, release)


def _digest_of(*contents: str) -> str:
    return hashlib.sha256("\n".join(contents).encode()).hexdigest()


def needed(images: tuple[Image, ...], wanted: Iterable[str] | None) -> Iterator[Image]:
    """Those of `images` (parents first) that are wanted, and what they start from; None: all."""
    names = set(wanted if wanted is not None else [image.name for image in images])
    for image in reversed(images):
        names |= {*image.parents} if image.name in names else set()
    return (image for image in images if image.name in names)


def generations(images: tuple[Image, ...]) -> Iterator[tuple[Image, ...]]:
    """Groups that can be built side by side: each starts only from images of earlier groups, or not in `images`."""
    by_name = {image.name: image for image in images}
    order = TopologicalSorter({image.name: [p for p in image.parents if p in by_name] for image in images})
    order.prepare()
    while order.is_active():
        ready = order.get_ready()
        yield tuple(by_name[name] for name in ready)
        order.done(*ready)


def _parents(text: str) -> tuple[str, ...]:
    """Named by FROM, by COPY --from or by the default of the ARG that FROM uses; comments do not count."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return tuple(sorted(set(_PARENT.findall(code)) - {"bootstrap"}))


def _digest(root: Path, name: str, text: str, inherited: list[str]) -> str:
    digest = hashlib.sha256("\n".join([text, *inherited]).encode())
    for source in _sources(text):
        for file in _files(root, name, source):
            mode = "x" if file.stat().st_mode & 0o100 else "-"
            digest.update(f"\n{file.relative_to(root)} {mode} ".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _sources(text: str) -> Iterator[str]:
    """Paths in the build context that a Dockerfile names; ``--from`` copies from another stage or image instead."""
    joined = text.replace("\\\n", " ")
    for instruction in _COPY.findall(joined):
        words = instruction.split()
        if not any(word.startswith("--from=") for word in words):
            yield from [word for word in words if not word.startswith("--")][:-1]
    yield from _BIND.findall(joined)


def _files(root: Path, name: str, source: str) -> list[Path]:
    """In the order of their names; caches of the interpreter are not in the context (.dockerignore)."""
    found = [
        inner for path in root.glob(source.strip("/")) for inner in ([path] if path.is_file() else path.rglob("*"))
    ]
    files = sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)
    if not files:
        raise EnvironmentProblem(f"compose/{name}/Dockerfile copies {source}, but there is no such file in {root}.")
    return files
