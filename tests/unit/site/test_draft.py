"""Drafts of pair.toml: of every site without its own, and of the ways in which people keep the files of a pair."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model.errors import UsageError
from harness.site import listing as listing_module
from harness.site import pair_file
from harness.site.draft import Draft, draft, draft_named
from harness.site.draft_text import text
from harness.site.listing import FoundFile, Listing, listing
from harness.site.site import HAPROXY, KEEPALIVED, Site, SiteNode

SITES = sorted((Path(__file__).parents[2] / "data" / "sites").iterdir())
NOT_OF_A_SITE = ("pair.toml", "expect.toml", "examined.json")
NAMED_BY_NO_FILE = {"campus-undefined-script", "sale-maxconn"}
"""Sites whose nodes have names that no file and no folder has."""
VRRP = """\
vrrp_script chk {
    script "/usr/local/sbin/chk.sh"
}
vrrp_instance V {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.10/26
    }
}
"""
BALANCER = "frontend f\n    bind *:80\n    default_backend b\nbackend b\n    server s 192.0.2.80:80\n"


def of(files: dict[str, str]) -> Draft:
    return draft(Listing(tuple(FoundFile(source, text.encode(), 0o644) for source, text in files.items())))


def sources(made: Draft) -> dict[str, set[str]]:
    return {node: set(files.values()) for node, files in made.nodes.items()}


def without_pair_file(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns(*NOT_OF_A_SITE))
    return to


@pytest.mark.parametrize("folder", SITES, ids=lambda each: each.name)
def test_a_site_is_found_again(folder: Path, tmp_path: Path) -> None:
    """Its nodes, each node's files and where they lie, its cards, and each address that a file tells."""
    copy = without_pair_file(folder, tmp_path / "site")
    made, wanted = draft(listing(copy)), pair_file.read(folder)
    (copy / "pair.toml").write_text(text(made))
    got = pair_file.read(copy)
    if folder.name not in NAMED_BY_NO_FILE:
        assert set(got.nodes) == set(wanted.nodes)
    assert (set(got.certificates), set(got.directories)) == (set(wanted.certificates), set(wanted.directories))
    assert set(got.hosts) == set(wanted.hosts)
    for mine, theirs in zip(by_name(got), by_name(wanted), strict=True):
        assert {(file.path, file.source, file.mode) for file in mine.files} == {
            (file.path, file.source, file.mode) for file in theirs.files
        }
        cards = made.cards[mine.name]
        assert {*cards.told, *cards.suggested} == set(theirs.cards)
        assert cards.told.items() <= theirs.cards.items()


def by_name(site: Site) -> list[SiteNode]:
    return sorted(site.nodes.values(), key=lambda node: node.name)


def test_only_what_a_site_did_not_bring_is_missing(tmp_path: Path) -> None:
    missing = {
        folder.name: [each for each in draft(listing(folder)).missing if "fill in" not in each] for folder in SITES
    }
    assert {name for name, said in missing.items() if said} == {"streams-script-not-supplied"}
    assert "edge01: bring /opt/" in missing["streams-script-not-supplied"][0]


@pytest.mark.parametrize(
    "mains, names",
    [
        (("lb1/keepalived.conf", "lb2/keepalived.conf"), ["lb1", "lb2"]),
        (("lb1/etc/keepalived/keepalived.conf", "lb2/etc/keepalived/keepalived.conf"), ["lb1", "lb2"]),
        (("host_files/lb1/keepalived.conf", "host_files/lb2/keepalived.conf"), ["lb1", "lb2"]),
        (("keepalived/lb1.conf", "keepalived/lb2.conf"), ["lb1", "lb2"]),
        (("keepalived-1.conf", "keepalived-2.conf"), ["lb1", "lb2"]),
        (("lb1.keepalived.conf", "lb2.keepalived.conf"), ["lb1", "lb2"]),
        (("keepalived.conf.lb1", "keepalived.conf.lb2"), ["lb1", "lb2"]),
        (("keepalived_master.conf", "keepalived_backup.conf"), ["master", "backup"]),
        (("a/x/keepalived.conf", "b/x/keepalived.conf"), ["a-x", "b-x"]),
        (("lb 1/keepalived.conf", "$(id)/keepalived.conf"), ["lb-1", "id"]),
        (("keepalived.conf",), ["lb1", "lb2"]),
    ],
)
def test_nodes_have_their_names_from_folders_and_files(mains: tuple[str, ...], names: list[str]) -> None:
    made = of(dict.fromkeys(mains, VRRP))
    assert list(made.nodes) == names
    assert [files[KEEPALIVED] for files in made.nodes.values()] == (list(mains) * 2 if len(mains) == 1 else list(mains))


def test_the_nodes_of_one_file_are_those_of_its_conditions() -> None:
    made = of({"keepalived.conf": f"@east $X=1\n@west $X=2\n@^east $Y=1\n{VRRP}"})
    assert (list(made.nodes), made.config_id) == (["east", "west"], {"east": "east", "west": "west"})
    assert "the names of the nodes" in made.guessed[0]


def test_one_file_without_conditions_is_on_two_nodes_and_set_is_named() -> None:
    made = of({"keepalived.conf": VRRP})
    assert made.config_id == {}
    assert '"lb2:priority=90,state=BACKUP"' in made.guessed[0]


@pytest.mark.parametrize(
    "files",
    [
        ("lb1/keepalived.conf", "lb2/keepalived.conf", "lb1/haproxy.cfg", "lb2/haproxy.cfg"),
        ("keepalived-1.conf", "keepalived-2.conf", "haproxy-1.cfg", "haproxy-2.cfg"),
        ("keepalived/lb-1.conf", "keepalived/lb-2.conf", "haproxy/lb-1.cfg", "haproxy/lb-2.cfg"),
        ("lb1.keepalived.conf", "lb2.keepalived.conf", "lb1.haproxy.cfg", "lb2.haproxy.cfg"),
    ],
)
def test_each_node_has_its_own_haproxy_cfg(files: tuple[str, str, str, str]) -> None:
    made = of(dict.fromkeys(files[:2], VRRP) | dict.fromkeys(files[2:], BALANCER))
    assert [node[HAPROXY] for node in made.nodes.values()] == list(files[2:])
    assert not made.guessed


def test_one_haproxy_cfg_and_a_script_are_for_all() -> None:
    made = of({"a/keepalived.conf": VRRP, "b/keepalived.conf": VRRP, "haproxy.cfg": BALANCER, "chk.sh": "#!/bin/sh"})
    for node in made.nodes.values():
        assert node[HAPROXY] == "haproxy.cfg"
        assert node["/usr/local/sbin/chk.sh"] == "chk.sh"
    assert made.paths == {"chk.sh": "/usr/local/sbin/chk.sh"}


def test_a_node_has_no_script_of_another() -> None:
    made = of({"a/keepalived.conf": VRRP, "b/keepalived.conf": VRRP, "a/chk.sh": "a", "b/chk.sh": "b"})
    assert sources(made) == {"a": {"a/keepalived.conf", "a/chk.sh"}, "b": {"b/keepalived.conf", "b/chk.sh"}}


def test_what_a_script_or_haproxy_names_is_placed_too() -> None:
    files = {"keepalived.conf": VRRP, "chk.sh": ". /opt/lib/common.sh\n", "common.sh": "", "503.http": "", "x.map": ""}
    balancer = "global\n    errorfile 503 /etc/haproxy/e/503.http\n    use_backend %[req.hdr(host),map(/srv/x.map)]\n"
    made = of(files | {"haproxy.cfg": balancer, "README": "chk.sh"})
    assert {"/opt/lib/common.sh", "/etc/haproxy/e/503.http", "/srv/x.map"} <= set(made.nodes["lb1"])
    assert "not used, since no file names them: README." in made.guessed


def test_a_tree_says_where_a_file_lies() -> None:
    tree = {f"lb{n}/etc/keepalived/keepalived.conf": VRRP for n in (1, 2)}
    tree |= {f"lb{n}/usr/local/sbin/chk.sh": "" for n in (1, 2)}
    tree |= {"lb1/etc/haproxy/haproxy.cfg": BALANCER, "etc/haproxy/haproxy.cfg": BALANCER}
    made = of(tree)
    assert made.nodes["lb1"]["/usr/local/sbin/chk.sh"] == "lb1/usr/local/sbin/chk.sh"
    assert made.nodes["lb1"][HAPROXY] == "lb1/etc/haproxy/haproxy.cfg"
    assert made.nodes["lb2"][HAPROXY] == "etc/haproxy/haproxy.cfg"


def test_parts_of_haproxy_and_included_files_and_sysctls() -> None:
    made = of(
        {
            "keepalived.conf": "include /etc/keepalived/vips/*.conf\n",
            "vips.conf": VRRP,
            "haproxy.d/10.cfg": "defaults\n    mode http\n",
            "haproxy.d/20.cfg": BALANCER,
            "60-lb.conf": "# ours\nnet.ipv4.ip_nonlocal_bind = 1\n",
            "sysctl.conf": "vm.swappiness=1\n",
        }
    )
    assert made.nodes["lb1"] == {
        KEEPALIVED: "keepalived.conf",
        "/etc/keepalived/vips/vips.conf": "vips.conf",
        "/etc/haproxy/conf.d/10.cfg": "haproxy.d/10.cfg",
        "/etc/haproxy/conf.d/20.cfg": "haproxy.d/20.cfg",
        "/etc/sysctl.d/60-lb.conf": "60-lb.conf",
        "/etc/sysctl.conf": "sysctl.conf",
    }


def test_backups_and_templates_are_no_configuration(tmp_path: Path) -> None:
    for name in ("keepalived.conf", "keepalived.conf.bak", "keepalived.conf.j2", ".keepalived.conf.swp"):
        (tmp_path / name).write_text(VRRP)
    made = draft(listing(tmp_path))
    assert {files[KEEPALIVED] for files in made.nodes.values()} == {"keepalived.conf"}
    assert "keepalived.conf.j2 is a template: render it as your tool does, for each node." in made.missing


UNICAST = VRRP.replace("    interface eth0\n", "    interface eth0\n    unicast_peer {\n        192.0.2.%s\n    }\n")


def test_own_addresses_are_those_that_the_peers_name() -> None:
    made = of({"a/keepalived.conf": UNICAST % 12, "b/keepalived.conf": UNICAST % 11})
    assert [cards.told for cards in made.cards.values()] == [{"eth0": ("192.0.2.11/26",)}, {"eth0": ("192.0.2.12/26",)}]
    assert not any("fill in" in each for each in made.missing)


def test_the_source_address_counts_before_peers() -> None:
    own = UNICAST.replace("    interface", "    unicast_src_ip 192.0.2.20\n    interface") % 12
    assert of({"a/keepalived.conf": own, "b/keepalived.conf": UNICAST % 11}).cards["a"].told == {
        "eth0": ("192.0.2.20/26",)
    }


def test_peers_of_haproxy_tell_an_address() -> None:
    peers = "peers p\n    peer a 192.0.2.31:1024\n    peer b 192.0.2.32:1024\n    peer c 198.51.100.1:1024\n"
    made = of({"a/keepalived.conf": VRRP, "b/keepalived.conf": VRRP, "haproxy.cfg": f"{BALANCER}{peers}"})
    assert [cards.told["eth0"] for cards in made.cards.values()] == [("192.0.2.31/26",), ("192.0.2.32/26",)]


def test_an_address_that_no_file_tells_is_left_to_fill_in() -> None:
    made = of({"a/keepalived.conf": VRRP, "b/keepalived.conf": VRRP})
    assert [cards.suggested for cards in made.cards.values()] == [{"eth0": "192.0.2.11/26"}, {"eth0": "192.0.2.12/26"}]
    assert "a: fill in the own address of eth0: interfaces.a." in made.missing
    assert '# eth0 = "192.0.2.11/26"    # replace it: ' in text(made)


def test_a_card_of_no_address_is_to_fill_in_too() -> None:
    tracked = VRRP.replace("    interface eth0\n", "    interface eth0\n    track_interface {\n        eth9\n    }\n")
    assert of({"keepalived.conf": tracked}).cards["lb1"].suggested["eth9"] == "ADDRESS/PREFIX"


def test_what_is_missing_is_named() -> None:
    keepalived = VRRP.replace('"/usr/local/sbin/chk.sh"', '"/bin/bash /opt/a.sh --x /run/x.sock"') + (
        "vrrp_sync_group G {\n    group {\n        V\n    }\n    notify /srv/notify.sh\n}\n"
    )
    missing = of({"keepalived.conf": keepalived}).missing
    assert "lb1: bring /opt/a.sh: keepalived.conf:2 names it." in missing
    assert "lb2: bring /srv/notify.sh: keepalived.conf:15 names it." in missing
    assert f"lb1: bring its {HAPROXY}." in missing
    assert not [each for each in missing if "/bin/bash" in each or "/run" in each]


def test_what_haproxy_needs_beside_its_file() -> None:
    balancer = (
        "global\n    stats socket /var/run/own/a.sock\n    crt-base /etc/tls\n    chroot /var/empty\n"
        "defaults\n    errorfile 503 /etc/haproxy/own.http\n    errorfile 500 /etc/haproxy/errors/500.http\n"
        "frontend f\n    bind *:443 ssl crt site.pem crt /etc/more/ ca-file /etc/ssl/certs/ca-certificates.crt\n"
        "backend b\n    server a app.example.com:80\n    server c 192.0.2.1:80\n    server d late:80 resolvers r\n"
        "    server e localhost:80\n    server f /run/x.sock # server g commented:80\n"
    )
    made = of({"keepalived.conf": VRRP, "haproxy.cfg": balancer})
    assert made.certificates == ("/etc/tls/site.pem", "/etc/more/stand-in.pem")
    assert made.directories == ("/var/run/own", "/var/empty")
    assert made.hosts == {"app.example.com": "198.18.0.1"}
    assert "bring /etc/haproxy/own.http: haproxy.cfg names it, and HAProxy does not start without it." in made.missing
    assert not [each for each in made.missing if "500.http" in each]


def test_without_keepalived_conf_there_is_no_draft(tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(BALANCER)
    with pytest.raises(UsageError, match=r"No keepalived\.conf among 1 files"):
        draft(listing(tmp_path))
    with pytest.raises(UsageError, match="is no folder"):
        listing(tmp_path / "haproxy.cfg")


def test_links_out_of_the_folder_are_not_read(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "secret.sh").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "haproxy.cfg").write_text(BALANCER)
    (site / "keepalived.conf").write_text(VRRP)
    (site / "chk.sh").symlink_to(tmp_path / "secret.sh")
    (site / "lb1").symlink_to(tmp_path / "outside")
    made = draft(listing(site))
    assert sources(made)["lb1"] == {"keepalived.conf"}
    assert [each for each in made.missing if "'chk.sh' leads out of the folder" in each]


def test_too_many_files_are_no_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_module, "MOST", 2)
    for name in "abc":
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match="more than 2 files"):
        listing(tmp_path)


def test_files_of_options(tmp_path: Path) -> None:
    for name, content in (("one.conf", VRRP), ("two.conf", VRRP), ("lb.cfg", BALANCER), ("chk.sh", "")):
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match="names no keepalived"):
        draft_named(tmp_path, {"lb1": ("lb.cfg",)})
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        draft_named(tmp_path, {"lb1": ("one.conf", "three.conf")})
    made = draft_named(tmp_path, {"lb1": ("one.conf", "lb.cfg", "chk.sh"), "lb2": ("two.conf", "lb.cfg")})
    assert made.nodes["lb1"] == {KEEPALIVED: "one.conf", HAPROXY: "lb.cfg", "/usr/local/sbin/chk.sh": "chk.sh"}
    assert made.nodes["lb2"] == {KEEPALIVED: "two.conf", HAPROXY: "lb.cfg"}
    (tmp_path / "stray").touch()
    with pytest.raises(UsageError, match="no file of lb1 says where stray lies"):
        draft_named(tmp_path, {"lb1": ("one.conf", "stray")})


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
TREES = st.dictionaries(
    st.lists(st.sampled_from(["lb1", "lb2", "etc", "keepalived", "haproxy", "conf.d"]) | NAMES, max_size=2)
    .map("/".join)
    .flatmap(
        lambda folder: st.sampled_from(["keepalived.conf", "haproxy.cfg", "x.conf", "chk.sh"]).map(
            lambda name: f"{folder}/{name}".lstrip("/")
        )
    ),
    st.sampled_from([VRRP, BALANCER, "", "include *.conf\n", "vrrp_instance {", "@a b\n@c d\n", "net.ipv4.x = 1\n"]),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(files=TREES)
def test_every_draft_can_be_read(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the folders are called; without a keepalived.conf there is none."""
    folder = tmp_path_factory.mktemp("site")
    for source, content in files.items():
        path = folder / source
        if any(part in (".", "..") for part in path.parts) or any(each.is_file() for each in path.parents):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            path.write_text(content)
    try:
        made = draft(listing(folder))
    except UsageError as error:
        assert "No keepalived.conf" in str(error)  # noqa: PT017
        return
    (folder / "pair.toml").write_text(text(made))
    assert set(pair_file.read(folder).nodes) == set(made.nodes)
