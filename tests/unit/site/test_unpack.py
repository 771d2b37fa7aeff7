"""Archives of `harness collect`: unpacked below the node's folder, refused whole if one member leads elsewhere."""

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model.errors import UsageError
from harness.site import unpack as unpack_module
from harness.site.collected import Collected, collected
from harness.site.draft import draft
from harness.site.draft_text import text
from harness.site.listing import FoundFile, Listing, listing
from harness.site.pair_file import LARGEST, read
from harness.site.unpack import unpack
from tests.command_line import Cli

KEEPALIVED = """\
vrrp_script chk {
    script "/opt/lb/chk.sh"
}
vrrp_instance V {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.10/24
    }
}
"""
MODES = "775 root lb /opt/lb/chk.sh\n4755 root root /opt/x\n644 root root /etc/haproxy/haproxy.cfg\n"
ADDRESSES = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 192.0.2.10/24 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet 192.0.2.%s/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever
2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever preferred_lft forever
3: eth0.30@eth0    inet 198.51.100.%s/25 scope global eth0.30\\       valid_lft forever
"""


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info


def archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def of_files(path: Path, files: dict[str, str]) -> Path:
    return archive(path, *((member(name, each.encode()), each.encode()) for name, each in files.items()))


def node(name: str, own: int) -> dict[str, str]:
    return {
        f"{name}/etc/keepalived/keepalived.conf": KEEPALIVED,
        f"{name}/etc/haproxy/haproxy.cfg": "global\n",
        f"{name}/opt/lb/chk.sh": "#!/bin/sh\n",
        f"{name}/collected/addresses": ADDRESSES % (own, own),
        f"{name}/collected/modes": MODES,
        f"{name}/collected/versions": "Keepalived v2.3.3\n",
    }


def test_archives_of_both_nodes_become_a_pair(tmp_path: Path, cli: Cli) -> None:
    """With each node's own addresses, but not the VIP that it had, and with the modes of the machine."""
    one, two = (of_files(tmp_path / f"{name}.tgz", node(name, own)) for name, own in (("lb1", 11), ("lb2", 12)))
    ended = cli("init", str(tmp_path / "site"), "--from", str(one), "--from", str(two))
    assert ended.code == 0, ended.err
    assert "missing" not in ended.out
    assert "guessed" not in ended.out
    site = read(tmp_path / "site")
    assert [each.cards for each in site.nodes.values()] == [
        {"eth0": (f"192.0.2.{own}/24",), "eth0.30": (f"198.51.100.{own}/25",)} for own in (11, 12)
    ]
    script = site.nodes["lb2"].file("/opt/lb/chk.sh")
    assert script
    assert (script.mode, script.source) == (0o775, "lb2/opt/lb/chk.sh")
    assert site.version == "keepalived 2.3.3"
    again = cli("init", str(tmp_path / "site"), "--from", str(one), "--force")
    assert (again.code, "is there: remove it first" in again.err) == (2, True)


def test_a_card_keeps_all_its_own_addresses(tmp_path: Path) -> None:
    """A bind of HAProxy may need the second one. Of IPv6, some come and go by themselves."""
    more = "".join(
        f"2: eth0    inet{family} scope global eth0\\       valid_lft forever\n"
        for family in (" 192.0.2.21/24", " 192.0.2.22/32", "6 2001:db8::1/64")
    )
    files = node("lb1", 11)
    files["lb1/collected/addresses"] += more
    unpack(of_files(tmp_path / "a.tgz", files), tmp_path / "site")
    (tmp_path / "site" / "pair.toml").write_text(text(draft(listing(tmp_path / "site"))))
    assert read(tmp_path / "site").nodes["lb1"].cards["eth0"] == ("192.0.2.11/24", "192.0.2.21/24", "192.0.2.22/32")


def test_what_was_collected_of_a_node() -> None:
    found = Listing(tuple(FoundFile(name, each.encode(), 0o644) for name, each in node("lb1", 11).items()))
    told = collected(found, "lb1")
    assert told
    assert told.cards == {"eth0": ("192.0.2.10/24", "192.0.2.11/24"), "eth0.30": ("198.51.100.11/25",)}
    assert told.modes == {"/opt/lb/chk.sh": "775", "/etc/haproxy/haproxy.cfg": "644"}
    assert told.versions == ("Keepalived v2.3.3",)
    assert told.programs == "keepalived 2.3.3"
    assert collected(found, "lb2") is None


GOOD = (member("lb1/etc/x", b"good"), b"good")


@pytest.mark.parametrize(
    "bad",
    [
        member("/etc/passwd"),
        member("lb1/../../outside"),
        member("../outside"),
        member("outside"),
        member("lb1/link", kind=tarfile.SYMTYPE, link="/etc/passwd"),
        member("lb1/link", kind=tarfile.LNKTYPE, link="/etc/passwd"),
        member("lb1/fifo", kind=tarfile.FIFOTYPE),
        member("lb1/device", kind=tarfile.CHRTYPE),
        member(".ssh/authorized_keys"),
        member("lb1/a\x1b[2J"),
    ],
    ids=lambda info: repr(info.name),
)
def test_what_leads_elsewhere_is_refused_and_nothing_is_written(bad: tarfile.TarInfo, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    with pytest.raises(UsageError, match="is no "):
        unpack(archive(tmp_path / "a.tgz", GOOD, (bad, b"")), folder)
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_two_nodes_in_one_archive_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has the folders lb1, lb2; one node's is valid"):
        unpack(of_files(tmp_path / "a.tgz", {"lb1/x": "", "lb2/x": ""}), tmp_path)
    with pytest.raises(UsageError, match="of no node"):
        unpack(of_files(tmp_path / "b.tgz", {}), tmp_path)


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "lb1").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="is there"):
        unpack(archive(tmp_path / "a.tgz", GOOD), tmp_path / "site")


def test_large_files_and_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"\0" * (LARGEST + 1)
    with pytest.raises(UsageError, match=f"has {LARGEST + 1} bytes; at most {LARGEST}"):
        unpack(archive(tmp_path / "a.tgz", (member("lb1/x", large), large)), tmp_path)
    monkeypatch.setattr(unpack_module, "LARGEST_ARCHIVE", 3)
    with pytest.raises(UsageError, match="more than 3 bytes"):
        unpack(archive(tmp_path / "b.tgz", GOOD), tmp_path)
    monkeypatch.setattr(unpack_module, "MOST", 0)
    with pytest.raises(UsageError, match="or 0 files"):
        unpack(of_files(tmp_path / "c.tgz", {"lb1/x": ""}), tmp_path)


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_text("no archive")
    for name in ("a.tgz", "nowhere.tgz"):
        with pytest.raises(UsageError, match="cannot be read as an archive"):
            unpack(tmp_path / name, tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, 400), flipped=st.integers(0, 399), raw=st.binary(max_size=100))
def test_a_damaged_archive_is_a_usage_error(
    cut: int, flipped: int, raw: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    content = bytearray(of_files(folder / "a.tgz", node("lb1", 11)).read_bytes())
    content[flipped % len(content)] ^= 0xFF
    for damaged in (bytes(content[: len(content) - cut]), bytes(content), raw):
        (folder / "a.tgz").write_bytes(damaged)
        try:
            unpack(folder / "a.tgz", folder)
            break
        except UsageError:
            continue


def test_a_draft_of_what_was_collected_can_be_read(tmp_path: Path) -> None:
    unpack(of_files(tmp_path / "a.tgz", node("lb1", 11)), tmp_path / "site")
    (tmp_path / "site" / "pair.toml").write_text(text(draft(listing(tmp_path / "site"))))
    assert list(read(tmp_path / "site").nodes) == ["lb1"], "what a node collected is of that node"


@pytest.mark.parametrize(
    "lines, programs",
    [
        (
            ("Keepalived v2.2.8 (04/04,2023)", "HAProxy version 2.6.12-1+deb12u1 2023/12/16"),
            "keepalived 2.2.8, HAProxy 2.6.12",
        ),
        (("HA-Proxy version 2.2.9-2 2021/02/06",), "HAProxy 2.2.9"),
        (("Linux 6.1.0",), ""),
    ],
)
def test_versions_as_pair_toml_has_them(lines: tuple[str, ...], programs: str) -> None:
    assert Collected(versions=lines).programs == programs
