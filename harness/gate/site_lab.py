"""A lab whose nodes are a site's: images with its files, its sysctls and names, our stand-in servers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from harness.gate.files import SiteConfiguration
from harness.gate.handed import hand_out
from harness.gate.prepare import Prepared
from harness.lab import compose, definition, engine, generated, ready
from harness.lab.examine import haproxy_files, sysctls_of
from harness.lab.site_image import site_image
from harness.model.lab_file import Options
from harness.site.missing_files import missing_files
from harness.site.site import Site

_NO_PROXY: Final = {
    name: ""
    for each in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
    for name in (each, each.upper())
}
"""Compose hands the proxies of ~/.docker/config.json to each container, passwords included."""
_PROCESSES: Final = 512
_MEMORY_MB: Final = 1024
"""Of each balancer: its scripts are the site's."""
OWN_CFG: Final = "/usr/share/harness/own.cfg"
Say = Callable[[str], None]


@contextmanager
def site_lab(name: str, site: Site, prepared: Prepared, chosen: SiteConfiguration, say: Say) -> Iterator[None]:
    """A lab whose nodes are the site's. Its containers, images and definition are removed at the end."""
    client = engine.connect()
    with ExitStack() as undo:
        undo.callback(client.close)
        say("images of the site's nodes")
        images = {
            own: undo.enter_context(site_image(client, site, site.nodes[theirs]))
            for theirs, own in prepared.place.names.items()
        }
        options = _options(site, prepared, images)
        undo.callback(generated.forget, name)
        undo.callback(compose.down, name)
        generated.store(name, generated.compose_file(name, prepared.place.topology, options, "pair.toml"))
        ready.refuse_overlaps(prepared.place.topology)
        compose.create(name, definition.of(name).files)
        hand_out(client, name, prepared)
        ready.bring_up(name, chosen, say, served=False)
        yield


def _options(site: Site, prepared: Prepared, images: dict[str, str]) -> dict[str, Options]:
    options = {}
    own_names = {theirs: site_address(site, theirs) for theirs in prepared.place.names}
    hosts = {**own_names, **prepared.stand_ins.hosts, **site.hosts}
    for theirs, own in prepared.place.names.items():
        node = site.nodes[theirs]
        few = [f"-n {prepared.connections[theirs]}"] if theirs in prepared.connections else []
        arguments = " ".join([*few, *(f"-f {path}" for path in (*haproxy_files(node), OWN_CFG))])
        folders = [path for path, kind in missing_files(site, node).items() if kind == "folder"]
        environment = {
            "HARNESS_HAPROXY": arguments,
            "HARNESS_CONFIG_ID": node.config_id,
            "HARNESS_FOLDERS": " ".join((*site.directories, *folders)),
        }
        options[own] = Options(
            environment=_NO_PROXY | environment,
            pids_limit=_PROCESSES,
            mem_limit_mb=_MEMORY_MB,
            image=images[own],
            sysctls=sysctls_of(node),
            hosts=hosts,
        )
    return options


def site_address(site: Site, node: str) -> str:
    """Of the node's first card. keepalived looks its own host name up when it starts."""
    first = next(iter(site.nodes[node].cards.values()))
    return first[0].partition("/")[0]
