"""What HAProxy asks of others than servers, or in a way that no stand-in speaks. HAProxy's manual, 3 to 5 and 9."""

from collections.abc import Iterator

from harness.site.haproxy import Haproxy
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers
from harness.site.haproxy_text import HaproxyLine
from harness.site.server_settings import settings
from harness.site.site import SiteNode

Problem = tuple[HaproxyLine, str]


def unanswered(haproxy: Haproxy, node: SiteNode) -> Iterator[Problem]:
    """(line, why)."""
    for section in haproxy.sections:
        for line in section.lines:
            if why := _why(section, line, node):
                yield line, why
        for server in servers(section):
            if settings(server.settings).get("proto") == "fcgi":
                yield server.line, "the server speaks FastCGI: no stand-in does"


def _why(section: HaproxySection, line: HaproxyLine, node: SiteNode) -> str:
    if line.begins("use-fcgi-app"):
        return "its servers speak FastCGI: no stand-in does"
    if line.begins("filter", "spoe"):
        return "an agent of SPOE is asked: no stand-in speaks its protocol"
    if section.kind == "program" and line.begins("command"):
        return "HAProxy starts a program of the site"
    if line.begins("parse-resolv-conf"):
        return "name servers are those of the node's /etc/resolv.conf, which is not the site's"
    if line.word(0).startswith("lua-load") and (lost := [each for each in line.words[1:2] if not node.file(each)]):
        return f"{lost[0]} is a Lua program that the site did not bring"
    return ""
