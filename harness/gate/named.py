"""What stands in for things of the site beside its servers: named in every verdict, for people.

A stand-in of a program that a check or a notify line runs (systemctl) may do otherwise than the site's own.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness import lint
from harness.lint import Pair, PairNode
from harness.site.missing_files import missing_files
from harness.site.site import SiteNode

_SYSTEMCTL: Final = re.compile(r"\bsystemctl\b")
_SERVICE: Final = re.compile(r"\b(?:rc-)?service\s+haproxy\b|/init\.d/haproxy\b")
"""Starts a second HAProxy on the lab, beside the one that our faults kill: then that one's death shows nothing."""
_CLOUD: Final = re.compile(
    r"(?:^|[\s;&|(/])(aws|gcloud|az|hcloud|openstack|doctl|oci|aliyun|scw|linode-cli)\s+[a-z]"
    r"|\b(api\.hetzner\.cloud|api\.digitalocean\.com|robot-ws\.your-server\.de)\b",
    re.MULTILINE,
)
"""Moves the address in a network that knows no ARP: there VRRP alone moves nothing, and the lab cannot show it."""
_COMMENTS: Final = re.compile(r"^\s*#.*$", re.MULTILINE)
_USERS: Final = re.compile(r"^\s*(?:script_user|user|group)\s+([a-z_][a-z0-9_-]{0,30})\b", re.MULTILINE)
_OF_IMAGE: Final = ("root", "haproxy", "daemon", "nobody", "nogroup", "www-data")


class UsesStandIn(NamedTuple):
    """`what`: ``the check chk``. `watches`: it is a check; else it is told of changes (notify).

    `cloud`: what it runs or asks to move an address; "" for systemctl. `service`: the init script of HAProxy.
    """

    node: str
    what: str
    watches: bool
    cloud: str = ""
    service: bool = False

    @property
    def said(self) -> str:
        if self.service:
            return f"{self.what} of {self.node} runs the init script of haproxy (service), which the lab does not have"
        if self.cloud:
            return f"{self.what} of {self.node} asks the cloud ({self.cloud}), which the lab does not have"
        return f"{self.what} of {self.node} runs systemctl, of which the lab has a stand-in alone"


def uses(pair: Pair) -> tuple[UsesStandIn, ...]:
    """Checks and notify lines that run our stand-in of systemctl, or that ask a cloud; also by a script of the site."""
    return tuple(each for node in pair.nodes for each in _uses(node))


def _uses(node: PairNode) -> Iterator[UsesStandIn]:
    for named in lint.programs(node):
        text = lint.text_of(node, named.command)
        if _SYSTEMCTL.search(text):
            yield UsesStandIn(node.name, named.what, named.watches)
        if not named.watches and _SERVICE.search(_COMMENTS.sub("", text)):
            yield UsesStandIn(node.name, named.what, named.watches, service=True)
        if not named.watches and (found := _CLOUD.search(_COMMENTS.sub("", text))):
            yield UsesStandIn(node.name, named.what, named.watches, found[1] or found[2])


def named(pair: Pair, hosts: dict[str, str]) -> list[str]:
    """`hosts`: names that the site does not give an address. One text for each kind of stand-in."""
    nodes = pair.site.nodes.values()
    found = [each.said for each in dict.fromkeys(uses(pair))]
    found += _listed("users and groups that we made", (name for node in nodes for name in _users(node)))
    for kind in ("certificate", "certificate list", "empty"):
        what = "empty files" if kind == "empty" else f"{kind}s of ours"
        missing = (path for node in nodes for path, of in missing_files(pair.site, node).items() if of == kind)
        found += _listed(what, (*(pair.site.certificates if kind == "certificate" else ()), *missing))
    return found + _listed("host names", (f"{name} is {address}" for name, address in hosts.items()))


def _listed(what: str, every: Iterator[str] | tuple[str, ...]) -> list[str]:
    names = ", ".join(sorted(set(every)))
    return [f"{what}: {names}"] if names else []


def _users(node: SiteNode) -> Iterator[str]:
    """As compose/balancer/bin/prepare-node finds them."""
    for file in node.files:
        if file.path.startswith(("/etc/keepalived/", "/etc/haproxy/")) and file.path.endswith((".conf", ".cfg")):
            yield from (name for name in _USERS.findall(_plain(file.text)) if name not in _OF_IMAGE)


def _plain(text: str) -> str:
    """Without userlists, whose users have no account."""
    return re.sub(r"(?ms)^userlist\b.*?(?=^\S|\Z)", "", text)
