"""A configuration: what differs from `default`, and what the nodes get of it."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.model import composition, configuration
from harness.model.configuration import Configuration
from harness.model.errors import UnknownName, UsageError
from harness.model.topology import Topology

COMPOSE_FOLDER = Path(__file__).parents[2] / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((COMPOSE_FOLDER / "compose.yaml").read_text())
LAB = Topology.from_compose(COMPOSE)
BALANCERS = LAB.virtual_router("external").nodes
HAPROXY, KEEPALIVED = "/etc/haproxy/haproxy.cfg", "/etc/keepalived/keepalived.conf"


def lines(text: str) -> list[str]:
    """Without indentation, comments and blank lines."""
    return [line for raw in text.splitlines() if (line := raw.split("#")[0].strip())]


def keepalived(node: str, name: str = "default") -> list[str]:
    return lines(Configuration.load(name).render(LAB, node)[KEEPALIVED])


def folder(tmp_path: Path, **files: str) -> str:
    """A configuration of the user's own; ``lb_ext_1__keepalived_conf`` is written to lb-ext-1/keepalived.conf."""
    for name, text in files.items():
        *node, file = name.split("__")
        path = tmp_path.joinpath(*(each.replace("_", "-") for each in node), file.replace("_", "."))
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return str(tmp_path)


def test_only_balancers_get_files() -> None:
    """Exactly HAProxy's and keepalived's; a gateway, a customer or an API server needs none."""
    default = Configuration.load("default")
    given_files = {node: set(files) for node in LAB.nodes if (files := default.render(LAB, node))}
    assert given_files == {node: {HAPROXY, KEEPALIVED} for node in BALANCERS}


def test_default_is_an_ordinary_pair() -> None:
    """VRRPv3, one advertisement a second, 150 before 100, preempting, the VIP on the external cable."""
    first, second = (keepalived(node) for node in BALANCERS)
    assert {"vrrp_version 3", "advert_int 1.0", "virtual_router_id 51", "interface lan0", "state BACKUP"} <= set(first)
    assert "10.77.0.100/24 dev lan0" in first
    assert "nopreempt" not in first
    assert "priority 150" in first
    assert "priority 100" in second


def test_the_pair_differs_only_in_name_and_rank() -> None:
    first, second = (set(keepalived(node)) for node in BALANCERS)
    assert first ^ second == {"router_id lb-ext-1", "router_id lb-ext-2", "priority 150", "priority 100"}


def test_advert_100ms_changes_the_interval_alone() -> None:
    """The precondition of June 13, and nothing else."""
    before, after = set(keepalived("lb-ext-1")), set(keepalived("lb-ext-1", "advert-100ms"))
    assert before ^ after == {"advert_int 1.0", "advert_int 0.1"}
    haproxy = [Configuration.load(name).render(LAB, "lb-ext-1")[HAPROXY] for name in ("default", "advert-100ms")]
    assert haproxy[0] == haproxy[1]


def test_haproxy_says_its_name_and_checks_every_api_server() -> None:
    text = lines(Configuration.load("default").render(LAB, "lb-ext-2")[HAPROXY])
    assert "http-after-response set-header X-LB-Node lb-ext-2" in text
    assert [line for line in text if line.startswith("server ")] == [
        "server api-1 10.78.0.11:8000",
        "server api-2 10.78.0.12:8000",
    ]
    assert "stats socket /run/haproxy/admin.sock mode 600 level admin" in text


def test_further_lines_reach_keepalived(tmp_path: Path) -> None:
    """How a prevention is configured: two tables of settings.toml."""
    settings = (
        '[vrrp]\nglobal_defs = ["vrrp_garp_master_refresh 10"]\ninstance = ["garp_master_delay 1"]\npreempt = false\n'
    )
    text = keepalived("lb-ext-1", folder(tmp_path, settings_toml=settings))
    blocks = text.index("vrrp_instance external {")
    assert text.index("vrrp_garp_master_refresh 10") < blocks < text.index("garp_master_delay 1")
    assert "nopreempt" in text


def test_a_users_own_file_is_taken_as_it_is(tmp_path: Path) -> None:
    """Found by PATH; what the folder lacks comes from `default`."""
    own = Configuration.load(folder(tmp_path, keepalived_conf="global_defs {\n}\n", about_md="Ours.\n"))
    files = own.render(LAB, "lb-ext-1")
    assert (own.name, own.about, files[KEEPALIVED]) == (tmp_path.name, "Ours.\n", "global_defs {\n}\n")
    assert files[HAPROXY] == Configuration.load("default").render(LAB, "lb-ext-1")[HAPROXY]


def test_only_templates_are_filled_in(tmp_path: Path) -> None:
    """A site's own file may hold what Jinja2 would take for its own."""
    text = 'global\n    log-format "%{+Q}r {%"   {# {{ }}\n'
    own = Configuration.load(folder(tmp_path, haproxy_cfg=text, keepalived_conf_j2="router_id {{ node.name }}\n"))
    assert own.render(LAB, "lb-ext-2") == {HAPROXY: text, KEEPALIVED: "router_id lb-ext-2\n"}


@pytest.mark.parametrize("name", ["haproxy.cfg", "haproxy.cfg.j2"])
def test_the_ends_of_lines_stay_as_they_are(tmp_path: Path, name: str) -> None:
    """A script whose first line ends in CR LF does not start on a node; a file that was mended would hide it."""
    (tmp_path / name).write_bytes(b"global\r\n    daemon\r\n")
    own = Configuration.load(str(tmp_path))
    assert own.render(LAB, "lb-ext-1")[HAPROXY] == "global\r\n    daemon\r\n"


@pytest.mark.parametrize("name", ["haproxy.cfg", "settings.toml", "about.md"])
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"global \xff\n")
    with pytest.raises(UsageError, match=rf"/{re.escape(name)} is not a text in UTF-8"):
        Configuration.load(str(tmp_path))


@pytest.mark.parametrize("name", ["haproxy.cfg", "settings.toml", "about.md"])
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match=rf"/{re.escape(name)} cannot be read: No such file"):
        Configuration.load(str(tmp_path))


def test_a_file_and_its_template_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has both haproxy\.cfg and haproxy\.cfg\.j2"):
        Configuration.load(folder(tmp_path, haproxy_cfg="global\n", haproxy_cfg_j2="global\n"))


@pytest.mark.parametrize(
    "name, said",
    [
        ("keepalived_cfg", r"/keepalived\.cfg would go to no node\. Did you mean keepalived\.conf\?"),
        ("haproxy_conf", r"/haproxy\.conf would go to no node\. Did you mean haproxy\.cfg\?"),
        ("settings_tml", "Valid: about.md, haproxy-internal.cfg, haproxy.cfg, keepalived.conf, .*, settings.toml;"),
        ("lb_ext_1__keepalived_cfg", r"/lb-ext-1/keepalived\.cfg would go to no node"),
        ("conf_d__press_conf", r'/conf-d/press\.conf would go .*settings\.toml: \[files\."press\.conf"\]'),
    ],
)
def test_a_file_that_nobody_gets_is_refused_by_name(tmp_path: Path, name: str, said: str) -> None:
    """It must not mean that the default's is used in silence."""
    with pytest.raises(UsageError, match=said):
        Configuration.load(folder(tmp_path, **{name: "x\n"}))


def test_what_an_editor_leaves_behind_is_no_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert Configuration.load(folder(tmp_path, _keepalived_conf_swp="x", about_md="Ours.\n")).about == "Ours.\n"


def test_each_node_may_have_its_own_file(tmp_path: Path) -> None:
    """Before the one that is for both."""
    files = {"lb_ext_1__keepalived_conf": "first\n", "lb_ext_2__keepalived_conf": "second\n", "haproxy_cfg": "both\n"}
    own = Configuration.load(folder(tmp_path, **files))
    assert [own.render(LAB, node) for node in BALANCERS] == [
        {HAPROXY: "both\n", KEEPALIVED: "first\n"},
        {HAPROXY: "both\n", KEEPALIVED: "second\n"},
    ]
    assert own.origins(LAB, "lb-ext-2")[KEEPALIVED].shown == f"{tmp_path}/lb-ext-2/keepalived.conf"


@pytest.mark.parametrize(
    "files, said",
    [
        ({"lb_ext_1__haproxy_cfg": "x"}, "lb-ext-1/haproxy.cfg exists, but lb-ext-2/haproxy.cfg does not: give both"),
        ({"lb_ext_3__haproxy_cfg": "x"}, "no node 'lb-ext-3'. Did you mean"),
        ({"gw_1__haproxy_cfg": "x"}, "gw-1/haproxy.cfg: gw-1 gets no haproxy.cfg. It gets: no file"),
    ],
)
def test_a_file_of_one_node_fits_the_nodes(tmp_path: Path, files: dict[str, str], said: str) -> None:
    own = Configuration.load(folder(tmp_path, **files))
    with pytest.raises(UsageError, match=said):
        own.render(LAB, "lb-ext-2")


def test_further_files(tmp_path: Path) -> None:
    """A check script, or what keepalived.conf includes: named in settings.toml, and executable as it was."""
    settings = '[files."check.sh"]\nkind = "balancer"\npath = "/etc/keepalived/bin/check.sh"\n'
    path = folder(tmp_path, settings_toml=settings, check_sh="#!/bin/sh\n")
    (tmp_path / "check.sh").chmod(0o755)
    own = Configuration.load(path)
    assert own.render(LAB, "lb-ext-1")["/etc/keepalived/bin/check.sh"] == "#!/bin/sh\n"
    assert own.executable(LAB, "lb-ext-1") == {"/etc/keepalived/bin/check.sh"}
    assert own.settings.files["check.sh"].service == "keepalived"


@pytest.mark.parametrize("path", ["/usr/bin/check.sh", "/etc/keepalived/../passwd", "/etc/keepalived/", "/etc/cron/x"])
def test_a_file_goes_into_its_service_s_folder(tmp_path: Path, path: str) -> None:
    settings = f'[files."check.sh"]\nkind = "balancer"\npath = "{path}"\n'
    with pytest.raises(UsageError, match=r"settings\.toml is not valid: .*\$\.files\[\.\.\.\]\.path"):
        Configuration.load(folder(tmp_path, settings_toml=settings, check_sh="x"))


def test_two_files_for_one_place_are_refused(tmp_path: Path) -> None:
    settings = '[files."own.conf"]\nkind = "balancer"\npath = "/etc/keepalived/keepalived.conf"\n'
    own = Configuration.load(folder(tmp_path, settings_toml=settings, own_conf="x"))
    with pytest.raises(UsageError, match=r"lb-ext-1 would get keepalived\.conf and own\.conf as /etc/keepalived/"):
        own.render(LAB, "lb-ext-1")


def test_a_node_without_a_file_of_its_own_has_the_one_that_is_for_both(tmp_path: Path) -> None:
    """A template for the pair, and an exception for one."""
    own = Configuration.load(folder(tmp_path, lb_ext_1__keepalived_conf="first\n", keepalived_conf="both\n"))
    assert [own.render(LAB, node)[KEEPALIVED] for node in BALANCERS] == ["first\n", "both\n"]


@pytest.mark.parametrize("router, given", [("external", True), ("internal", False), ("", True)])
def test_a_file_may_be_of_one_virtual_router(tmp_path: Path, router: str, given: bool) -> None:  # noqa: FBT001
    """lb-ext-1 runs the external one. A gateway is of another kind, whatever runs on it."""
    lines_ = ['[files."check.sh"]', 'kind = "balancer"', 'path = "/etc/keepalived/check.sh"']
    settings = "\n".join([*lines_, f'virtual_router = "{router}"', ""])
    own = Configuration.load(folder(tmp_path, settings_toml=settings, check_sh="x"))
    assert ("/etc/keepalived/check.sh" in own.render(LAB, "lb-ext-1")) == given
    assert own.render(LAB, "gw-1") == {}


def filled(tmp_path: Path, lab: Topology, kind: str, template: str) -> dict[str, str]:
    """Node of this kind → what becomes of a template that is for the kind."""
    path = "/etc/haproxy/filled.txt"
    settings = f'[files."filled.txt"]\nkind = "{kind}"\npath = "{path}"\n'
    own = Configuration.load(folder(tmp_path, settings_toml=settings, filled_txt_j2=template))
    return {node.name: own.render(lab, node.name)[path] for node in lab.nodes.values() if node.kind == kind}


def test_every_database_knows_its_place(tmp_path: Path) -> None:
    """The first, 0, is the primary, and is reached by its first cable."""
    every = composition.topology(COMPOSE_FOLDER)
    node = every.node("db-1")
    second = msgspec.structs.replace(node.ports[0], index=1, segment="external")
    nodes = every.nodes | {"db-1": msgspec.structs.replace(node, ports=(*node.ports, second))}
    lab = msgspec.structs.replace(every, nodes=nodes)
    template = "{{ index }} {{ primary.node }} {{ databases | map(attribute='node') | join(' ') }} {{ primary.index }}"
    assert filled(tmp_path, lab, "database", template) == {
        "db-1": "0 db-1 db-1 db-2 0",
        "db-2": "1 db-1 db-1 db-2 0",
    }


def test_servers_are_those_that_share_a_segment(tmp_path: Path) -> None:
    """Of its kind, and by the port there: a balancer has no way to others."""
    template = "{{ servers | map(attribute='name') | join(' ') }}, {{ reports | length }}"
    given = filled(tmp_path, LAB, "balancer", template)
    assert given == dict.fromkeys(BALANCERS, "api-1.internal api-2.internal, 0")
    api = LAB.node("api-2")
    moved = msgspec.structs.replace(api, ports=(msgspec.structs.replace(api.ports[0], segment="elsewhere"),))
    apart = msgspec.structs.replace(LAB, nodes=LAB.nodes | {"api-2": moved})
    assert filled(tmp_path, apart, "balancer", template) == dict.fromkeys(BALANCERS, "api-1.internal, 0")


def test_a_block_of_a_template_leaves_no_line(tmp_path: Path) -> None:
    """Neither its own nor its indentation; and the file ends as the template does."""
    template = "global\n    {% if true %}\n    daemon\n    {% endif %}\n"
    own = Configuration.load(folder(tmp_path, haproxy_cfg_j2=template))
    assert own.render(LAB, "lb-ext-1")[HAPROXY] == "global\n    daemon\n"


TABLES = ["", "vrrp", "haproxy", "balancers", "gateways", "switches", "mariadb", 'files."haproxy.cfg"']


@pytest.mark.parametrize("table", TABLES)
def test_a_misspelt_setting_is_refused(tmp_path: Path, table: str) -> None:
    """It must not mean that the default's is used in silence."""
    settings = f"[{table}]\nmisspelt = 1\n" if table else "misspelt = 1\n"
    with pytest.raises(UsageError, match="unknown field `misspelt`"):
        Configuration.load(folder(tmp_path, settings_toml=settings))


def test_a_named_file_has_to_be_there(tmp_path: Path) -> None:
    settings = '[files."check.sh"]\nkind = "balancer"\npath = "/etc/keepalived/check.sh"\n'
    with pytest.raises(UsageError, match=r'names \[files\."check\.sh"\], but .* has no such file'):
        Configuration.load(folder(tmp_path, settings_toml=settings))


@pytest.mark.parametrize("name", configuration.names())
def test_every_configuration_renders_and_says_what_it_is_for(name: str) -> None:
    loaded = Configuration.load(name)
    assert loaded.about.strip()
    assert all(loaded.render(LAB, node) for node in BALANCERS)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no configuration 'advert-10ms'\. Did you mean 'advert-100ms'\?"):
        Configuration.load("advert-10ms")


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no configuration folder '.+/nowhere'"):
        Configuration.load(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "settings, said",
    [
        ("[vrrp]\nadvert_int = 'fast'\n", r"Expected `float`, got `str` - at `\$\.vrrp\.advert_int`"),
        ("[vrrp]\nadvert = 1\n", "unknown field `advert`"),
        ("[vrrp]\npriorities = [150]\n", r"length >= 2 - at `\$\.vrrp\.priorities`"),
        ("[vrrp\n", "is not TOML: .* line 1"),
        ("vrrp = 1\n", r"Expected `object`, got `int` - at `\$\.vrrp`"),
    ],
)
def test_bad_settings_are_named_with_their_place(tmp_path: Path, settings: str, said: str) -> None:
    with pytest.raises(UsageError, match=rf"settings\.toml.* {said}"):
        Configuration.load(folder(tmp_path, settings_toml=settings))


@pytest.mark.parametrize(
    "template, said",
    [
        ("priority {{ rank }}\n", r"keepalived\.conf\.j2: 'rank' is undefined"),
        ("\n{% if %}\n", r"keepalived\.conf\.j2, line 2: "),
    ],
)
def test_a_bad_template_is_named_with_its_mistake(tmp_path: Path, template: str, said: str) -> None:
    own = Configuration.load(folder(tmp_path, keepalived_conf_j2=template))
    with pytest.raises(UsageError, match=said):
        own.render(LAB, "lb-ext-1")


def test_a_balancer_without_a_pair_is_refused() -> None:
    stray = Topology.from_compose({**COMPOSE, "x-lab": {**COMPOSE["x-lab"], "virtual_routers": {}, "vantages": {}}})
    with pytest.raises(UsageError, match="lb-ext-1 belongs to no virtual router"):
        Configuration.load("default").render(stray, "lb-ext-1")


@given(advert=st.integers(1, 4095).map(lambda hundredths: hundredths / 100))
def test_every_interval_of_vrrp_reaches_keepalived_unrounded(
    tmp_path_factory: pytest.TempPathFactory, advert: float
) -> None:
    """VRRPv3 counts in steps of 10 ms up to 40.95 s (RFC 5798, section 5.2.7)."""
    path = folder(tmp_path_factory.mktemp("own"), settings_toml=f"[vrrp]\nadvert_int = {advert}\n")
    (line,) = (line for line in keepalived("lb-ext-1", path) if line.startswith("advert_int"))
    assert float(line.split()[1]) == advert


NAMED = '[files."check.sh"]\nkind = "balancer"\npath = "/etc/haproxy/check.sh"\n'


@pytest.mark.parametrize(
    "mode, executable", [(0o700, True), (0o100, True), (0o644, False), (0o655, False), (0o611, False)]
)
def test_a_file_is_executable_where_its_owner_may_execute_it(tmp_path: Path, mode: int, executable: bool) -> None:  # noqa: FBT001
    path = folder(tmp_path, settings_toml=NAMED, check_sh="#!/bin/sh\n")
    (tmp_path / "check.sh").chmod(mode | 0o400)
    own = Configuration.load(path)
    assert own.executable(LAB, "lb-ext-1") == ({"/etc/haproxy/check.sh"} if executable else set())
    assert own.settings.files["check.sh"].service == "haproxy"


def test_a_folder_in_a_node_s_folder_is_no_file(tmp_path: Path) -> None:
    """Though it is called like one."""
    (tmp_path / "lb-ext-1" / "haproxy.cfg").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"/lb-ext-1/haproxy\.cfg would go to no node"):
        Configuration.load(str(tmp_path))
