"""`harness lint` through real containers: verdicts of sites, files that mean harm, and what is left behind."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import docker
import pytest

from harness.lab import images, one_off, site_image
from harness.lab.examine import examine
from harness.site import pair_file
from tests.lab.shared import wait_for

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).resolve().parents[2]
SITES: Final = ROOT / "tests" / "data" / "sites"
SECRET: Final = "hunter2-of-this-machine"
OF_COMPOSE: Final = "com.docker.compose.container-number"  # the project is a label of an image too
BOUND_S: Final = 40  # two containers, each ended after 20 s at the latest


@pytest.fixture(autouse=True)
def nothing_left(client: docker.DockerClient) -> Iterator[None]:
    """Another process may lint at the same time; what it makes goes away too."""
    before = left(client)
    yield
    wait_for(lambda: left(client) <= before, "all that lint made is removed", 60)


def left(client: docker.DockerClient) -> set[str]:
    """Without what a lab of `harness gate` uses: its nodes have images of a site, and their label, for minutes."""
    containers = client.api.containers(all=True, filters={"label": one_off.LABEL})
    of_labs = [each for each in containers if OF_COMPOSE in each["Labels"]]
    used = {each[key] for each in of_labs for key in ("Id", "ImageID")}
    images_left = {each["Id"] for each in client.api.images(site_image.REPOSITORY)}
    return ({each["Id"] for each in containers} | images_left) - used


def lint(folder: Path, *options: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "lint", str(folder), *options]
    variables = {**os.environ, **(environment or {})}
    return subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=3 * BOUND_S
    )


def report(folder: Path) -> dict[str, Any]:
    done = lint(folder, "--json")
    read = json.loads(done.stdout)
    assert isinstance(read, dict), done.stderr
    return {**read, "status": done.returncode}


@pytest.mark.parametrize("name", ["wiki-minimal", "tls-vip-bound", "three-nodes-unicast"])
def test_a_sound_site_has_no_error(name: str) -> None:
    said = report(SITES / name)
    assert (said["status"], said["verdict"]) == (0, "NO ERROR FOUND"), said
    assert said["sentence"] == "no error found, nothing tried"


def test_a_defect_is_found_at_its_line() -> None:
    said = report(SITES / "booking-vrid")
    assert (said["status"], said["verdict"]) == (1, "UNSAFE")
    assert ("vrid-mismatch", "beta/keepalived.conf", 10) in {
        (each["rule"], each["file"], each["line"]) for each in said["findings"]
    }


def test_folders_of_a_site_and_a_bind_to_the_vip_work_as_at_the_site(client: docker.DockerClient) -> None:
    """A socket below /var/lib/haproxy, another in a folder of the site's own, a frontend on an address it has not."""
    for name in ("three-nodes-unicast", "tls-vip-bound"):
        for node, said in examine(pair_file.read(SITES / name)).items():
            assert said.haproxy_start.status is None, (name, node, said.haproxy_start.output)
            assert "ALERT" not in said.haproxy_start.output


def test_a_card_that_pair_toml_does_not_list_is_made(tmp_path: Path) -> None:
    site(tmp_path, keepalived=KEEPALIVED % "/usr/bin/true", pair=PAIR.partition("[interfaces")[0])
    said = report(tmp_path)
    assert {"card-not-listed"} <= {each["rule"] for each in said["findings"]}
    assert said["verdict"] != "INCONCLUSIVE", said


PAIR: Final = """
probe = "http://$(id)/`id`[red]"
[nodes]
lb1 = ["keepalived.conf", "haproxy.cfg", "$(touch x)`id`[b].sh", "env.lua"]
lb2 = ["keepalived.conf", "haproxy.cfg", "$(touch x)`id`[b].sh", "env.lua"]
[paths]
"$(touch x)`id`[b].sh" = "/etc/keepalived/$(touch x)`id`[b].sh"
"env.lua" = "/etc/haproxy/env.lua"
[interfaces.lb1]
eth0 = "192.0.2.11/24"
[interfaces.lb2]
eth0 = "192.0.2.12/24"
"""
KEEPALIVED: Final = """
global_defs {
    router_id "$(id)`id`[red]${HOME}"
}
vrrp_script bomb {
    script "%s"
    interval 1
}
vrrp_instance V {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.10/24
    }
    track_script {
        bomb
    }
}
"""
HAPROXY: Final = """
global
    lua-load /etc/haproxy/env.lua
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend f
    bind *:80
    http-request return status 200
"""
BOMB: Final = "#!/bin/sh\nb() { b & b; }\nb\n"
ENVIRONMENT: Final = """
for _, path in ipairs({"/proc/1/environ", "/proc/self/environ", "/etc/hosts", "/etc/resolv.conf", "/proc/mounts"}) do
    local file = io.open(path)
    if file then
        core.Alert("[red]" .. path .. " " .. string.gsub(file:read("a"), "[%z\\n]", " "))
    end
end
print("::error::\\27[2J" .. (os.getenv("PATH") or "nothing"))
"""
SCRIPT: Final = "$(touch x)`id`[b].sh"


def site(folder: Path, *, keepalived: str, pair: str = PAIR) -> None:
    for name, content in (
        ("pair.toml", pair),
        ("keepalived.conf", keepalived),
        ("haproxy.cfg", HAPROXY),
        ("env.lua", ENVIRONMENT),
        (SCRIPT, BOMB),
    ):
        (folder / name).write_text(content)
    (folder / SCRIPT).chmod(0o755)


@pytest.fixture
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What only this machine should know: a variable, and a proxy with a password."""
    folder = tmp_path_factory.mktemp("docker")
    proxies = {"default": {"httpProxy": f"http://user:{SECRET}@192.0.2.1:3128"}}
    (folder / "config.json").write_text(json.dumps({"proxies": proxies}))
    return {"HARNESS_TEST_SECRET": SECRET, "DOCKER_CONFIG": str(folder)}


@pytest.mark.parametrize("options", [("--json",), ("--sarif",), ("--github",)])  # --github prints the text, too
def test_files_that_mean_harm_end_and_tell_nothing_of_this_machine(
    tmp_path: Path, secrets: dict[str, str], options: tuple[str, ...]
) -> None:
    """Forks without end, a Lua file that reads its environment, names that a shell or a terminal would obey."""
    site(tmp_path, keepalived=KEEPALIVED % f"/etc/keepalived/{SCRIPT.replace(' ', '?')}")
    began = time.monotonic()
    done = lint(tmp_path, *options, environment=secrets)
    assert time.monotonic() - began < BOUND_S
    assert done.returncode in (0, 1, 3), done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::") and "file=" not in line]
    assert not (ROOT / "x").exists()
    assert "Traceback" not in done.stderr


def test_a_program_of_a_site_sees_nothing_of_this_machine(
    tmp_path: Path, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs, and finds an environment that is the image's own."""
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    site(tmp_path, keepalived=KEEPALIVED % "/usr/bin/true")
    for said in examine(pair_file.read(tmp_path)).values():
        assert "/proc/1/environ" in said.haproxy_test.output
        assert "PATH=/usr/local/sbin" in said.haproxy_test.output
        for answer in (said.haproxy_test, said.haproxy_start, said.keepalived_test, said.keepalived_start):
            assert SECRET not in answer.output
            assert "proxy" not in answer.output.replace("haproxy", "").lower()


def test_a_fork_bomb_does_not_keep_the_other_answers_away(tmp_path: Path) -> None:
    """Processes, memory and time of the container have limits; HAProxy is asked before keepalived runs scripts."""
    plain = PAIR.replace(SCRIPT, "bomb.sh")
    site(tmp_path, keepalived=KEEPALIVED % "/etc/keepalived/bomb.sh", pair=plain)
    (tmp_path / SCRIPT).rename(tmp_path / "bomb.sh")
    for said in examine(pair_file.read(tmp_path)).values():
        assert "VRRP Instance = V" in said.dump
        assert said.haproxy_start.status is None


def test_a_link_out_of_the_folder_is_refused_and_not_told(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    site(folder, keepalived=KEEPALIVED % "/usr/bin/true")
    (tmp_path / "secret").write_text(SECRET)
    (folder / "env.lua").unlink()
    (folder / "env.lua").symlink_to(tmp_path / "secret")
    done = lint(folder)
    assert done.returncode == 2
    assert "'env.lua' leads out of the folder" in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_an_answer_without_end_is_ended(tmp_path: Path) -> None:
    """A file of the site may even take the place of the program that asks."""
    pair = PAIR.replace("/etc/haproxy/env.lua", "/usr/local/bin/examine-node")
    site(tmp_path, keepalived=KEEPALIVED % "/usr/bin/true", pair=pair)
    (tmp_path / "env.lua").write_text("#!/bin/sh\nexec yes\n")
    (tmp_path / "env.lua").chmod(0o755)
    began = time.monotonic()
    done = lint(tmp_path)
    assert time.monotonic() - began < BOUND_S
    assert done.returncode == 3
    assert "wrote more than 20000000 bytes" in done.stderr


def test_clean_removes_what_a_killed_lint_left(client: docker.DockerClient) -> None:
    """Of this test alone: another process may lint now."""
    image = f"{one_off.IMAGE}:{images.tag()}"
    created = client.containers.create(image, ["true"], labels={one_off.LABEL: "left-by-a-test"}, network_mode="none")
    made = created.commit(repository=site_image.REPOSITORY, tag="left-by-a-test")
    assert {created.id, made.id} <= left(client)
    assert one_off.remove_left(client, f"{one_off.LABEL}=left-by-a-test") == 1
    assert site_image.remove_left(client, f"{site_image.REPOSITORY}:left-by-a-test") == 1
    assert not {created.id, made.id} & left(client)
