"""An image for each node of a site: the balancers' image and a layer with the node's own files.

So a node has its files before its first program starts, where and with the mode that the site has them, with no bind
mount, and its root may be read-only.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import docker
import msgspec
from docker.errors import APIError, ImageNotFound

from harness.lab import one_off
from harness.model.errors import EnvironmentProblem
from harness.site.missing_files import missing_files
from harness.site.site import Site, SiteNode

REPOSITORY: Final = "failover-harness-site"
_PATIENCE_S: Final = 20
_AS_BEFORE: Final = f'CMD ["node-init"]\nLABEL {one_off.LABEL}=""'
"""A commit keeps the container's command and labels. A node starts as its base image does
(compose/base/Dockerfile), and is no container for one question.
"""


class _File(msgspec.Struct, frozen=True):
    path: str
    content: str  # base64
    mode: int


class _Wanted(msgspec.Struct, frozen=True):
    """What compose/balancer/bin/prepare-node is asked to write."""

    files: list[_File]
    directories: tuple[str, ...]
    missing: dict[str, str]  # path → kind, as `missing_files` has them


@contextmanager
def site_image(client: docker.DockerClient, site: Site, node: SiteNode) -> Iterator[str]:
    """Its name; removed at the end. Raises `EnvironmentProblem`."""
    made = build(client, site, node)
    try:
        yield made
    finally:
        remove(client, made)


def build(client: docker.DockerClient, site: Site, node: SiteNode) -> str:
    """The image's name. Raises `EnvironmentProblem`."""
    files = [_File(file.path, base64.b64encode(file.content).decode(), file.mode) for file in node.files]
    missing = {**dict.fromkeys(site.certificates, "certificate"), **missing_files(site, node)}
    wanted = msgspec.json.encode(_Wanted(files, site.directories, missing))
    with one_off.container(
        client,
        ["prepare-node"],
        _PATIENCE_S,
        of=one_off.image(node.release),
        read_only=False,
        writable=(),
        capabilities=("DAC_OVERRIDE",),
    ) as prepared:
        one_off.converse(client, prepared, wanted, _PATIENCE_S)
        try:
            tag = uuid4().hex[:12]
            prepared.commit(repository=REPOSITORY, tag=tag, changes=_AS_BEFORE)
        except APIError as error:
            raise EnvironmentProblem(f"The engine made no image of {node.name}'s files: {error}") from error
    return f"{REPOSITORY}:{tag}"


def remove_left(client: docker.DockerClient, reference: str = REPOSITORY) -> int:
    """Images that a killed process left behind → how many. No container may use one any more."""
    left = client.images.list(reference)
    for each in left:
        remove(client, str(each.id))
    return len(left)


def remove(client: docker.DockerClient, image: str) -> None:
    """Repeatable."""
    try:
        client.images.remove(image, force=True)
    except ImageNotFound:
        return
