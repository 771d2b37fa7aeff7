"""`harness gate` on labs of sites: a sound pair is SAFE, one that nothing watches is not, and nothing stays behind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import docker
import pytest

from harness.lab.containers import listed
from harness.lab.generated import names
from harness.lab.images import LABEL
from harness.lab.site_image import REPOSITORY
from tests.lab.shared import measured
from tests.lab.test_lint import BOMB, ENVIRONMENT

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).parents[2]
SITES: Final = ROOT / "tests" / "data" / "sites"


def gate(folder: Path, *options: str, cwd: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "harness", "gate", str(folder), "--json", *options]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout, done.stderr
    return done.returncode, measured(json.loads(done.stdout))


def left_behind() -> list[str]:
    client = docker.from_env()
    try:
        labs = [each.lab for each in listed(client, LABEL) if each.lab and each.lab.startswith("gate-")]
        images = [tag for image in client.images.list(REPOSITORY) for tag in image.tags]
        return [*labs, *images, *(name for name in names() if name.startswith("gate-"))]
    finally:
        client.close()


@pytest.mark.soak  # test_pipeline.py shows the same of the wheel, with a node of another release
def test_a_sound_pair_is_safe(tmp_path: Path) -> None:
    """HAProxy is killed for good: the check puts its node into FAULT, and the other one serves within their timers."""
    status, report = gate(SITES / "wiki-minimal", "--only", "haproxy-killed", "--junit", "gate.xml", cwd=tmp_path)
    assert (status, report["verdict"]) == (0, "SAFE"), report
    rest, killed = report["tests"]
    assert rest["recovery_s"] == {"192.0.2.10": [0.0]}
    assert 0.2 < killed["recovery_s"]["192.0.2.10"][0] <= killed["bound_s"]
    assert (tmp_path / "gate.xml").read_text().count("<testcase") == 5
    assert left_behind() == []


@pytest.mark.nightly
def test_a_pair_that_nothing_watches_is_not_and_a_check_prevents_it(tmp_path: Path) -> None:
    """Lint says so by line, and the test that is asked for by name shows it. A check on copies of the files ends it.

    The verdict is of the files as they are.
    """
    before = (SITES / "forum-no-check" / "f1" / "keepalived.conf").read_bytes()
    status, report = gate(SITES / "forum-no-check", "--only", "haproxy-killed", "--try-preventions", cwd=tmp_path)
    assert (status, report["verdict"]) == (1, "UNSAFE"), report
    assert "no-check" in {each["rule"] for each in report["findings"]}
    _, killed = report["tests"]
    assert (killed["verdict"], killed["recovery_s"]) == ("failed", {"198.51.100.222": [None]})
    (prevention,) = report["preventions"]
    (repeated,) = prevention["tests"]
    counts = ("before_failed", "before_trials", "after_failed", "after_trials")
    assert (prevention["word"], *(repeated[each] for each in counts)) == ("helps", 3, 3, 0, 3), prevention
    assert (prevention["but"], prevention["unknown"]) == ([], [])
    assert (prevention["changes"][1]["file"], prevention["changes"][1]["line"]) == ("f1/keepalived.conf", 1)
    assert (SITES / "forum-no-check" / "f1" / "keepalived.conf").read_bytes() == before
    assert left_behind() == []


HOST: Final = "hunter2-of-this-machine"
PLANTED: Final = ("pl4nted-vrrp", "pl4nted-page", "pl4nted-list", "pl4nted-curl")


def hostile(folder: Path) -> Path:
    """A sound pair with a check that forks without end, a Lua file that tells its environment, and passwords."""
    shutil.copytree(SITES / "wiki-minimal", folder)
    pair = (folder / "pair.toml").read_text().replace('"haproxy.cfg",', '"haproxy.cfg", "$(id)[b].sh", "env.lua",')
    places = '\n[paths]\n"$(id)[b].sh" = "/etc/keepalived/$(id)[b].sh"\n"env.lua" = "/etc/haproxy/env.lua"\n'
    (folder / "pair.toml").write_text(pair + places)
    (folder / "$(id)[b].sh").write_text(BOMB)
    (folder / "$(id)[b].sh").chmod(0o755)
    (folder / "env.lua").write_text(ENVIRONMENT)
    cfg = (folder / "haproxy.cfg").read_text()
    users = "\nuserlist people\n    user tiger insecure-password pl4nted-list\n"
    page = "\nlisten page\n    bind 127.0.0.1:8999\n    stats enable\n    stats auth tiger:pl4nted-page\n"
    (folder / "haproxy.cfg").write_text(
        cfg.replace("global\n", "global\n    lua-load /etc/haproxy/env.lua\n") + users + page
    )
    for node in ("lb1", "lb2"):
        file = folder / node / "keepalived.conf"
        text = file.read_text().replace("w1k1pair", PLANTED[0])
        check = 'vrrp_script bomb {\n    script "/etc/keepalived/$(id)[b].sh curl -u m:pl4nted-curl"\n    interval 2\n'
        check += "    weight 1\n}\n\n"
        text = text.replace("vrrp_instance", check + "vrrp_instance", 1)
        file.write_text(text.replace("        haproxy_alive\n", "        haproxy_alive\n        bomb\n"))
    return folder


@pytest.mark.nightly
def test_files_that_mean_harm_end_and_tell_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the machine's secrets nor the site's are in an output or in the run's folder, and nothing is left."""
    docker_config = tmp_path / "docker"
    docker_config.mkdir()
    proxies = {"default": {"httpProxy": f"http://user:{HOST}@192.0.2.1:3128"}}
    (docker_config / "config.json").write_text(json.dumps({"proxies": proxies}))
    usual = Path(os.environ.get("DOCKER_CONFIG", Path.home() / ".docker")) / "cli-plugins"
    if usual.is_dir():  # Compose may be installed there
        (docker_config / "cli-plugins").symlink_to(usual)
    monkeypatch.setenv("HARNESS_TEST_SECRET", HOST)
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_config))
    folder = hostile(tmp_path / "site")
    command = [sys.executable, "-m", "harness", "gate", str(folder), "--only", "haproxy-killed", "--junit", "gate.xml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1, 3), done.stderr
    assert "Traceback" not in done.stderr
    kept = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()] + [tmp_path / "gate.xml"]
    told = {
        "stdout": done.stdout,
        "stderr": done.stderr,
        **{str(path): path.read_text(errors="replace") for path in kept},
    }
    for secret in (HOST, *PLANTED):
        assert [name for name, text in told.items() if secret in text] == []
    assert "\x1b" not in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]
    assert left_behind() == []
