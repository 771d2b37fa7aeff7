"""A site's files as a configuration of a lab: each node's own, as they are. The nodes' images have them already."""

from typing import Final

import msgspec

from harness.model.configuration import DEFAULT, Configuration, File
from harness.model.sources import Source
from harness.model.topology import Topology
from harness.site.site import Site, SiteFile

_SERVICES: Final = ("/etc/keepalived/", "/etc/haproxy/")


class SiteConfiguration(Configuration, frozen=True):
    """A node gets what it has of its own, and nothing else."""

    def _files(self, topology: Topology, node: str) -> dict[str, File]:
        files = super()._files(topology, node)
        return {name: file for name, file in files.items() if f"{node}/{name}" in self.sources}


def configuration(name: str, site: Site, names: dict[str, str]) -> SiteConfiguration:
    """`names`: node of the site → node of the lab. Files of services alone: what else a site brings is in the image."""
    default = Configuration.load(DEFAULT)
    own = [(names[node.name], file) for node in site.nodes.values() for file in node.files if _is_service(file)]
    files = {_key(file): File("balancer", file.path) for _, file in own}
    sources = {
        f"{node}/{_key(file)}": Source(file.source, file.text, own=True, template=False, executable=_executable(file))
        for node, file in own
    }
    as_many = max(len(site.nodes), len(default.settings.vrrp.priorities))
    vrrp = msgspec.structs.replace(default.settings.vrrp, priorities=(100,) * as_many)  # of templates: there are none
    settings = msgspec.structs.replace(default.settings, files=files, vrrp=vrrp)
    return SiteConfiguration(name, "a site's own files", settings, sources)


def exchanged(path: str, service: str) -> bool:
    """May a lab get another text of it, which the service then reads? Other files are in the nodes' images alone."""
    return path.startswith(f"/etc/{service}/")


def _is_service(file: SiteFile) -> bool:
    return file.path.startswith(_SERVICES)


def _executable(file: SiteFile) -> bool:
    return bool(file.mode & 0o100)


def _key(file: SiteFile) -> str:
    """The file's name, unique: haproxy.cfg, conf.d--20-web.cfg."""
    return "--".join(file.path.split("/")[3:])
