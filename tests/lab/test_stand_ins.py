"""Stand-ins before a real HAProxy: 46 backends, one for each way in which it can ask a server whether it lives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docker
import msgspec
import pytest
from msgspec.structs import replace

from harness.lab import engine, images, one_off
from harness.lab.site_image import site_image
from harness.site.missing_files import missing_files
from harness.site.site import HAPROXY, Site, SiteFile, SiteNode
from harness.site.stand_ins import SiteStandIns, stand_ins

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).resolve().parents[2]
TABLE: Final = ROOT / "tests" / "data" / "stand_ins" / "haproxy.cfg"
PROGRAM: Final = ROOT / "compose" / "servers" / "stand_in"
BESIDE: Final = Path(__file__).parent / "stand_ins_beside_haproxy.py"
PATIENCE_S: Final = 60
NOT_UP: Final = {"external/s"}
"""Its check is a program, which the site must bring."""
UNCHECKED: Final = {"nocheck/s"}
VIP: Final = "10.77.9.100"


class Seen(msgspec.Struct, frozen=True):
    """`servers`: backend/server → status, status of the last check."""

    servers: dict[str, tuple[str, str]]
    answers: list[str]
    log: str


def site() -> Site:
    """The table alone: every other file that it names is missing."""
    node = SiteNode("lb1", (own_file(TABLE, HAPROXY),), {"eth0": (f"{VIP}/24",)}, "lb1")
    return Site({"lb1": node})


def own_file(source: Path, path: str, mode: int = 0o644) -> SiteFile:
    return SiteFile(source.name, path, source.read_bytes(), mode)


def completed(made: SiteStandIns) -> Site:
    """With all that was missing, the stand-ins' program, and the one that asks."""
    bare = site()
    missing = missing_files(bare, bare.nodes["lb1"])
    of_kind = {kind: tuple(path for path, each in missing.items() if each == kind) for kind in missing.values()}
    empty = tuple(SiteFile("", path, b"", 0o644) for path in of_kind["empty"])
    program = tuple(own_file(each, f"/opt/stand_in/{each.name}") for each in PROGRAM.glob("*.py"))
    # The balancer's own address in this container: it connects to an address of its own by that address.
    told = replace(made.servers, balancers={"192.0.2.2": "lb1", "192.0.2.38": "lb1"})
    document = SiteFile("", "/etc/stand-ins.json", msgspec.json.encode(told), 0o644)
    node = bare.nodes["lb1"]
    files = (*node.files, *empty, *program, document, own_file(BESIDE, "/usr/local/bin/beside", 0o755))
    return replace(
        bare,
        nodes={"lb1": replace(node, files=files)},
        certificates=of_kind["certificate"],
        directories=of_kind["folder"],
    )


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    client = engine.connect()
    images.ensure_images(print, wanted={"balancer", "servers"})
    yield client
    client.close()


@pytest.fixture(scope="module")
def seen(client: docker.DockerClient) -> Seen:
    made = stand_ins(site())
    whole = completed(made)
    requests = [
        {"port": 8080, "send": "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"port": 8082, "send": "POST /d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"},
        {"port": 8081, "send": ""},
        {"port": 8081, "send": "hello"},
    ]
    question = msgspec.json.encode({"vips": [VIP], "beside": len(NOT_UP), "requests": requests})
    with (
        site_image(client, whole, whole.nodes["lb1"]) as image,
        one_off.container(
            client,
            ["env", "PYTHONPATH=/opt", "python3", "-B", "/usr/local/bin/beside"],
            PATIENCE_S,
            of=image,
            capabilities=one_off.NODE_CAPABILITIES,
            sysctls={"net.ipv6.conf.all.disable_ipv6": "0"},
            hosts=made.hosts,
        ) as asked,
    ):
        return msgspec.json.decode(one_off.converse(client, asked, question, PATIENCE_S), type=Seen)


def test_every_server_is_up_but_one(seen: Seen) -> None:
    up = {
        name for name, (status, check) in seen.servers.items() if status == "UP" and check.removesuffix("OK") != check
    }
    followed = {"tracking/s"}  # another server's check is its own
    assert len(up | followed) >= 45
    assert set(seen.servers) - up - followed == NOT_UP | UNCHECKED, (seen.servers, seen.log)
    assert seen.servers["tracking/s"][0] == "UP"


def test_what_cannot_be_answered_was_said_by_line() -> None:
    (found,) = stand_ins(site()).unsupported
    assert (found.path, TABLE.read_text().splitlines()[found.line - 1].strip()) == (
        "haproxy.cfg",
        "option external-check",
    )


def test_traffic_is_answered(seen: Seen) -> None:
    """Over HTTP/1, over HTTP/2 within TLS behind the balancer, and over TCP without a word and with one."""
    plain, second, silent, echoed = seen.answers
    assert plain.count("HTTP/1.1 200") == 2
    assert "stand-in 192.0.2.2:80 GET /a?b\n" in plain
    assert "stand-in 192.0.2.2:80 GET /c\n" in plain
    assert plain.lower().count("x-lb-node: lb1") == 2
    assert "x-api-node: 192.0.2.2:80" in plain.lower()
    assert "stand-in 192.0.2.38:443 POST /d\n" in second
    assert "x-lb-node: lb1" in second.lower()
    assert silent == "stand-in 192.0.2.1:6443\n"
    assert echoed == "hello"


def test_the_servers_image_has_the_program_and_the_balancers_certificate(client: docker.DockerClient) -> None:
    """A balancer trusts the certificate that stands for a missing authority: it must be the servers' own."""
    digests = {
        client.containers.run(f"failover-harness-{name}:{images.tag()}", ["sha256sum", CERTIFICATE], remove=True)
        for name in ("balancer", "servers")
    }
    assert len(digests) == 1
    program = client.containers.run(
        f"failover-harness-servers:{images.tag()}", ["timeout", "2", "python3", "-m", "stand_in"], remove=True,
        network_mode="none", stderr=True, detach=False, entrypoint=["sh", "-c", '"$@" || true', "sh"],
    )  # fmt: skip
    assert b"stands for 0 of 0 places" in program


CERTIFICATE: Final = "/usr/share/harness/stand-in.pem"
