"""What containers of a lab get before they start: places of stand-ins, and the program where a server is on a node."""

import json
import re

from msgspec.structs import replace

from harness.gate.handed import handed
from harness.gate.place import SERVERS
from harness.gate.prepare import Prepared, Wish, prepare
from harness.site.site import HAPROXY
from tests.recorded_sites import recorded

PLACES = "/etc/stand-ins.json"


def prepared_with(*lines: str) -> Prepared:
    """wiki-minimal with further lines at the end of its haproxy.cfg, which is a backend's."""
    pair = recorded("wiki-minimal")
    more = "".join(f"    {line}\n" for line in lines).encode()
    nodes = {
        name: replace(
            node,
            files=tuple(
                replace(file, content=file.content + more) if file.path == HAPROXY else file for file in node.files
            ),
        )
        for name, node in pair.site.nodes.items()
    }
    return prepare(pair._replace(site=replace(pair.site, nodes=nodes)), Wish())


def test_servers_elsewhere_need_one_program() -> None:
    found = handed(prepared_with())
    assert list(found) == [SERVERS]
    assert json.loads(found[SERVERS][PLACES])["balancers"] == {"192.0.2.11": "lb1", "192.0.2.12": "lb2"}


def test_a_server_on_the_balancer_itself_has_a_stand_in_there() -> None:
    prepared = prepared_with("server here 127.0.0.1:8099 check")
    found = handed(prepared)
    assert set(found) == {SERVERS, "lb1", "lb2"}
    (place,) = json.loads(found["lb1"][PLACES])["places"]
    assert (place["address"], place["port"]) == ("127.0.0.1", 8099)
    assert "cabled eth0\n" in found["lb1"]["/etc/service/stand-ins/run"]
    assert "/opt/stand_in/__main__.py" in found["lb1"]


def test_the_program_is_whole() -> None:
    """All that its modules import of their own package is handed out with them."""
    files = handed(prepared_with("server here 127.0.0.1:8099"))["lb1"]
    lines = "\n".join(text for path, text in files.items() if path.endswith(".py"))
    imported = set(re.findall(r"^from stand_in\.(\w+) import", lines, re.MULTILINE))
    for names in re.findall(r"^from stand_in import (.+)$", lines, re.MULTILINE):
        imported |= set(names.split(", "))
    assert imported
    assert {f"/opt/stand_in/{name}.py" for name in imported} <= files.keys()


def test_where_a_server_is_on_a_balancer_not_all_can_be_down() -> None:
    prepared = prepared_with("server here 127.0.0.1:8099 check")
    assert "servers-down" not in [test.name for test in prepared.tests]
    assert "servers-down: some servers are on a balancer itself" in prepared.not_tried
