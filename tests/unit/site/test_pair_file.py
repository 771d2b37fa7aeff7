"""pair.toml: what is read from it, and the sentence for each thing that is wrong with it or with a file it names."""

import contextlib
import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model.errors import UsageError
from harness.site import pair_file
from harness.site.pair_file import LARGEST, read, read_below
from harness.site.site import HAPROXY, KEEPALIVED, Accepted, Load, Site

SITES = sorted((Path(__file__).parents[2] / "data" / "sites").iterdir())
PAIR = """
[nodes]
lb1 = ["lb1/keepalived.conf", "haproxy.cfg", "check.sh"]
lb2 = ["lb2/keepalived.conf", "haproxy.cfg", "check.sh"]
[paths]
"check.sh" = "/usr/local/sbin/check.sh"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site with two nodes and a check."""
    site = tmp_path / "site"
    for node in ("lb1", "lb2"):
        (site / node).mkdir(parents=True)
        (site / node / "keepalived.conf").write_text(f"# {node}\n")
    (site / "haproxy.cfg").write_text("global\n")
    (site / "check.sh").write_text("#!/bin/sh\n")
    (site / "check.sh").chmod(0o775)
    (site / "pair.toml").write_text(PAIR)
    return site


def written(folder: Path, more: str, pair: str = PAIR) -> Path:
    (folder / "pair.toml").write_text(f"{more}\n{pair}" if not more.startswith("[") else f"{pair}\n{more}")
    return folder


def test_bounds_of_the_sites_own(folder: Path) -> None:
    assert read(written(folder, "[bounds]\npeer_dead = 2\nhaproxy_dead = 4.5")).bounds == {
        "peer_dead": 2,
        "haproxy_dead": 4.5,
    }


@pytest.mark.parametrize(
    "line, words",
    [
        ("peer_ded = 2", "bounds: There is no bound 'peer_ded'. Did you mean 'peer_dead'"),
        ("peer_dead = 0", "bounds: peer_dead is 0.0; valid is a number of seconds, more than 0"),
        ("peer_dead = nan", "bounds: peer_dead is nan; valid is"),
        ("haproxy_dead = 1e9", "bounds: haproxy_dead is 1000000000.0; valid is"),
    ],
)
def test_a_bound_that_would_bound_nothing_is_refused(folder: Path, line: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        read(written(folder, f"[bounds]\n{line}"))


@pytest.mark.parametrize("folder", SITES, ids=lambda each: each.name)
def test_every_site_is_read(folder: Path) -> None:
    site = read(folder)
    assert len(site.nodes) >= 2
    for node in site.nodes.values():
        assert node.file(KEEPALIVED)
        assert node.cards
        assert node.config_id


@pytest.mark.parametrize(
    "said,option,expected",
    [
        ("", "", ("trixie", "trixie")),
        ('release = "bookworm"', "", ("bookworm", "bookworm")),
        ('[release]\nlb2 = "bookworm"', "", ("trixie", "bookworm")),
        ('release = "bookworm"', "trixie", ("trixie", "trixie")),
        ('[release]\nlb2 = "bookworm"', "lb1=bookworm", ("bookworm", "bookworm")),
    ],
)
def test_the_release_of_each_node_and_an_option_wins(
    folder: Path, said: str, option: str, expected: tuple[str, str]
) -> None:
    site = read(written(folder, said), release=option)
    assert tuple(node.release for node in site.nodes.values()) == expected
    assert set(site.releases) == set(expected)


@pytest.mark.parametrize(
    "said,found",
    [
        ('release = "woody"', r"pair.toml, release: There is no release 'woody'.*bookworm"),
        ('[release]\nlb1 = "woody"', "pair.toml, release: There is no release 'woody'"),
        ('[release]\nlb9 = "trixie"', "pair.toml, release: There is no node 'lb9'"),
        ("release = 12", "release"),
    ],
)
def test_a_release_that_cannot_be_had_is_refused(folder: Path, said: str, found: str) -> None:
    with pytest.raises(UsageError, match=found):
        read(written(folder, said))


def test_all_keys(folder: Path) -> None:
    top = (
        'probe = "http://192.0.2.10/"\nneeds_nofile = 40023\ncertificates = ["/etc/ssl/site.pem"]\n'
        'directories = ["/var/run/lb"]\n'
    )
    tables = (
        '[modes]\n"check.sh" = "0700"\n[interfaces.lb1]\neth0 = "192.0.2.11/24"\n"eth0.30" = ["2001:db8::1/64"]\n'
        '[config_id]\nlb1 = "one"\n[hosts]\n"app.example.com" = "192.0.2.80"\n[load]\nopen_sessions = 3000\n'
        '[[accept]]\nrule = "no-check"\nreason = "so"\nuntil = 2027-01-31\n'
    )
    (folder / "pair.toml").write_text(f"{top}\n{PAIR}\n{tables}")
    site = read(folder)
    lb1, lb2 = site.nodes.values()
    assert [(file.source, file.path, file.mode) for file in lb1.files] == [
        ("lb1/keepalived.conf", KEEPALIVED, 0o644),
        ("haproxy.cfg", HAPROXY, 0o644),
        ("check.sh", "/usr/local/sbin/check.sh", 0o700),
    ]
    assert (lb1.config_id, lb2.config_id) == ("one", "lb2")
    assert lb1.cards == {"eth0": ("192.0.2.11/24",), "eth0.30": ("2001:db8::1/64",)}
    assert lb1.source(KEEPALIVED) == "lb1/keepalived.conf"
    assert lb1.source("/etc/other") == "/etc/other"
    assert (site.probe, site.needs_nofile) == (("http://192.0.2.10/",), 40023)
    assert (site.certificates, site.directories) == (("/etc/ssl/site.pem",), ("/var/run/lb",))
    assert (site.hosts, site.load) == ({"app.example.com": "192.0.2.80"}, Load(open_sessions=3000))
    assert site.accept == (Accepted("no-check", "so", date(2027, 1, 31)),)


def test_a_mode_is_that_of_a_checkout_unless_said(folder: Path) -> None:
    """A checkout has 0775 where the umask is 002: group-writable would disable a script as insecure."""
    assert [file.mode for file in read(folder).nodes["lb1"].files] == [0o644, 0o644, 0o755]


def test_a_list_of_probes(folder: Path) -> None:
    assert read(written(folder, 'probe = ["http://192.0.2.1/", "tcp://192.0.2.1:25"]')).probe == (
        "http://192.0.2.1/",
        "tcp://192.0.2.1:25",
    )


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Path) -> None:
    path = written(folder, "") / "pair.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert list(read(folder).nodes) == ["lb1", "lb2"]


REFUSED = {
    "no nodes": ("", "[nodes]\n", "nodes is empty"),
    "nodes missing": ("", "probe = 'x'\n", "nodes"),
    "unknown key": ("nodse = 1", PAIR, "There is no key 'nodse'. Did you mean 'nodes'?"),
    "unknown key of a table": ("[load]\nopen_session = 1", PAIR, "load: There is no key 'open_session'. Did you mean"),
    "unknown key of a list": ('[[accept]]\nrul = "x"', PAIR, "accept: There is no key 'rul'. Did you mean 'rule'?"),
    "no TOML": ("a = = 1", PAIR, "is not TOML"),
    "interfaces of no node": ('[interfaces.lb3]\neth0 = "192.0.2.1/24"', PAIR, "no node 'lb3'. Did you mean"),
    "config_id of no node": ('[config_id]\nlbb = "x"', PAIR, "config_id: There is no node 'lbb'"),
    "mode of no file": (
        '[modes]\n"chck.sh" = "755"',
        PAIR,
        "There is no file of a node 'chck.sh'. Did you mean",
    ),
    "path of no file": ("", PAIR + '"x.sh" = "/x.sh"\n', "paths: There is no file of a node 'x.sh'"),
    "bad mode": ('[modes]\n"check.sh" = "u+x"', PAIR, "modes"),
    "set-user-id": ('[modes]\n"check.sh" = "4755"', PAIR, "modes"),
    "bad address": (
        '[interfaces.lb1]\neth0 = "192.0.2.300/24"',
        PAIR,
        "interfaces.lb1.eth0: '192.0.2.300/24'",
    ),
    "bad prefix": ('[interfaces.lb1]\neth0 = "192.0.2.3/33"', PAIR, "interfaces.lb1.eth0"),
    "bad card": ('[interfaces.lb1]\n"eth 0" = "192.0.2.3/24"', PAIR, "interfaces"),
    "card that is an option": ('[interfaces.lb1]\n"-batch" = "192.0.2.3/24"', PAIR, "interfaces"),
    "long card": ('[interfaces.lb1]\n"a234567890123456" = "192.0.2.3/24"', PAIR, "interfaces"),
    "bad host": ('[hosts]\napp = "app.example.com"', PAIR, "hosts.app: 'app.example.com' does not appear"),
    "bad node": ("", '[nodes]\n"lb 1" = ["lb1/keepalived.conf"]', "nodes"),
    "node with markup": ("", '[nodes]\n"$(id)" = ["lb1/keepalived.conf"]', "nodes"),
    "no keepalived.conf": ("", '[nodes]\nlb1 = ["haproxy.cfg"]', f"node lb1 has no {KEEPALIVED}: add its"),
    "file that is not there": ("", '[nodes]\nlb1 = ["lb1/keepalived.cnf"]', "cannot be read: No such file"),
    "a folder": ("", '[nodes]\nlb1 = ["lb1"]', "'lb1' cannot be read: Is a directory"),
    "path not said": ("", '[nodes]\nlb1 = ["lb1/keepalived.conf", "check.sh"]', r'write paths."check.sh" = "/…"'),
    "relative path": ("", PAIR.replace('"/usr', '"usr'), "paths"),
    "path with dots": ("", PAIR.replace("/usr/local/", "/usr/local/../"), "is no plain absolute path"),
    "path with a double slash": ("", PAIR.replace("/usr/local/", "/usr//local/"), "is no plain absolute path"),
    "path in memory": ("", PAIR.replace("/usr/local/sbin", "/run/lb"), "/run/lb/check.sh is lost when a node starts"),
    "host with a newline": ('[hosts]\n"a\\nb" = "192.0.2.1"', PAIR, "hosts"),
    "path with a newline": ("", PAIR.replace("/usr/local/", r"/usr\n/local/"), "paths"),
    "negative nofile": ("needs_nofile = -1", PAIR, "needs_nofile"),
    "accept without reason": ('[[accept]]\nrule = "x"', PAIR, "reason"),
    "until no day": ('[[accept]]\nrule = "x"\nreason = "y"\nuntil = "soon"', PAIR, "until"),
    "relative directory": ('directories = ["var"]', PAIR, "directories"),
    "relative certificate": ('certificates = ["x.pem"]', PAIR, "certificates"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said(case: str, folder: Path) -> None:
    more, pair, words = REFUSED[case]
    with pytest.raises(UsageError) as refused:
        read(written(folder, more, pair))
    assert words in str(refused.value)


def test_two_files_for_one_path(folder: Path) -> None:
    two = '[nodes]\nlb1 = ["lb1/keepalived.conf", "lb2/keepalived.conf"]'
    with pytest.raises(UsageError, match=f"node lb1 has two files for {KEEPALIVED}"):
        read(written(folder, "", two))


def test_no_folder_and_no_pair_file(folder: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        read(folder / "haproxy.cfg")
    (folder / "pair.toml").unlink()
    with pytest.raises(UsageError, match=r"has no pair\.toml: `harness init"):
        read(folder)


@pytest.mark.parametrize("name", ["/etc/hostname", "../outside", "link", "folder/inside", "pair.toml"])
def test_a_file_outside_of_the_folder_is_refused(name: str, folder: Path) -> None:
    """Its content would go into messages of a pipeline, which the author of a pull request reads."""
    outside = folder.parent / "outside"
    outside.write_text("secret")
    (folder / "link").symlink_to(outside)
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "inside").write_text("secret")
    (folder / "folder").symlink_to(folder.parent / "elsewhere")
    if name == "pair.toml":
        (folder / name).unlink()
        (folder / name).symlink_to(outside)
        with pytest.raises(UsageError, match="leads out of the folder") as refused:
            read(folder)
    else:
        with pytest.raises(UsageError, match="leads out of the folder") as refused:
            read(written(folder, "", f'[nodes]\nlb1 = ["{name}"]\n[paths]\n"{name}" = "{KEEPALIVED}"'))
    assert "secret" not in str(refused.value)


def test_a_link_inside_of_the_folder_is_followed(folder: Path) -> None:
    (folder / "lb2" / "keepalived.conf").unlink()
    (folder / "lb2" / "keepalived.conf").symlink_to("../lb1/keepalived.conf")
    assert read(folder).nodes["lb2"].texts[KEEPALIVED] == "# lb1\n"


def test_a_link_to_itself_is_refused(folder: Path) -> None:
    (folder / "check.sh").unlink()
    (folder / "check.sh").symlink_to("check.sh")
    with pytest.raises(UsageError, match=r"check\.sh"):
        read(folder)


def test_a_fifo_does_not_block(folder: Path) -> None:
    (folder / "check.sh").unlink()
    os.mkfifo(folder / "check.sh")
    with pytest.raises(UsageError, match="is no regular file"):
        read(folder)


def test_a_large_file_is_refused_unread(folder: Path) -> None:
    os.truncate(folder / "check.sh", LARGEST)
    assert len(read_below(folder, "check.sh")[0]) == LARGEST
    os.truncate(folder / "check.sh", LARGEST + 1)
    with pytest.raises(UsageError, match=f"has {LARGEST + 1} bytes; at most {LARGEST}"):
        read(folder)


PIECES = (
    '[nodes]\n|lb1 = ["k"]\n|[paths]\n"k" = "/etc/keepalived/keepalived.conf"\n|[interfaces.lb1]\n|[modes]\n|a = 1\n|'
    'eth0 = "192.0.2.1/24"\n|k = "0644"\n|[[accept]]\n|nodes = 1\n|[load]\n|\0|\\|probe = []\n|[hosts]\n|[bounds]\n|'
    'lb1 = ["\\u0000"]\n|lb1 = ["k\\u0000"]\n|x = nan\n|[nodes.lb1]\n|lb1 = [""]\n|lb1 = ["."]\n|\'|"|# \ud800\n'
)
TOKENS = st.sampled_from(PIECES.split("|"))
TEXTS = st.lists(TOKENS, max_size=8).map(lambda each: "".join(each).encode(errors="surrogatepass"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(raw=st.one_of(st.binary(max_size=200), TEXTS))
def test_any_bytes_are_a_site_or_a_usage_error(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"global_defs {\n}\n")
    (tmp_path / pair_file.NAME).write_bytes(raw)
    with contextlib.suppress(UsageError):
        assert isinstance(read(tmp_path), Site)


def test_the_site_s_own_versions(folder: Path) -> None:
    (folder / "pair.toml").write_text(f'version = "keepalived 2.2.7, HAProxy 2.6.12"{PAIR}')
    assert read(folder).version == "keepalived 2.2.7, HAProxy 2.6.12"
    (folder / "pair.toml").write_text(f'version = "bookworm"{PAIR}')
    with pytest.raises(UsageError, match=r"version is 'bookworm'; valid is such as keepalived 2\.2\.7"):
        read(folder)
