"""What a user meets who brings files of his own: the right answer, its exit status, and within which time."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import docker
import pytest

from harness import checks, faults
from harness.experiment.session import Session
from harness.lab import definition, images
from harness.lab.containers import PROJECT, listed
from harness.lab.file_check import check_files
from harness.lab.lab_name import DEFAULT_LAB
from harness.lab.one_off import IMAGE
from harness.model import configuration
from harness.model.configuration import Configuration
from harness.model.file_report import FilesRefused
from harness.model.keepalived import parse_keepalived
from harness.model.outcome import Finding, decode_outcome
from harness.model.units import ms, s
from tests.lab import own_files as own
from tests.lab.shared import SLOWER, execute, one_trial

pytestmark = pytest.mark.lab

ROOT: Final = Path(__file__).resolve().parents[2]
DOWN: Final = "own-files-test"  # a lab that is not there, and must not come
BOUND_S: Final = 3.0  # on a machine that does nothing else
QUIET_S: Final = 1.0  # what `reference_s` is on such a machine


@pytest.fixture(scope="module")
def allowed_s(client: docker.DockerClient) -> float:
    """The bound, longer by as much as this machine is slower now: by a container and a command that do nothing."""
    began = time.monotonic()
    client.containers.run(f"{IMAGE}:{images.tag()}", ["true"], network_mode="none", remove=True)
    run("--version")
    return 2 * BOUND_S * max(1.0, (time.monotonic() - began) / QUIET_S)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def folder(tmp_path: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def experiment(configuration: str, lab: str, *options: str) -> subprocess.CompletedProcess[str]:
    only = (
        "june_13",
        "--only",
        "survived",
        "--trials",
        "1",
        "--probe-rate",
        "50",
        "--runs",
        f"{configuration}/../runs",
    )
    return run("run", *only, "--configuration", configuration, "--lab", lab, *options)


def findings(outcome: str) -> dict[str, Finding]:
    """Check → what it said of the only step of the only trial."""
    (test,) = decode_outcome(outcome.encode()).tests
    return {finding.name: finding for trial in test.trials for step in trial.steps for finding in step.checks}


REFUSED: Final = {
    "placeholders of a guide": (
        {"keepalived.conf": own.GUIDE},
        [
            r"keepalived\.conf:11 \(lb-ext-1, lb-ext-2\): \$\{STATE\} was never filled in",
            r"keepalived\.conf:14 .* \$\{PRIORITY\} was never filled in",
            r"keepalived\.conf:20 .* \$\{VIP\} was never filled in",
        ],
    ),
    "virtual_ipaddres": (
        own.keepalived("virtual_ipaddress {", "virtual_ipaddres {"),
        [r"keepalived\.conf:13 .*: Unknown keyword 'virtual_ipaddres'\n +virtual_ipaddres \{", "No VIP specified"],
    ),
    "defualt_backend": (
        own.haproxy("default_backend", "defualt_backend"),
        [r"haproxy\.cfg:12 .*: unknown keyword 'defualt_backend' in 'frontend' section.*\n +defualt_backend servers"],
    ),
    "vrrp_strict": (
        own.keepalived("    vrrp_version 3\n", "    vrrp_version 3\n    vrrp_strict\n"),
        [r"keepalived\.conf:4 .*: vrrp_strict: keepalived drops what is sent to the VIP, so no customer is served"],
    ),
    "a check that is not there": (
        own.checking("/usr/local/bin/check_it", "2"),
        [r"keepalived\.conf:2 .*: Disabling track script check since not found", "can never move the VIP"],
    ),
    "a check whose weight is too small": (
        own.checking("/usr/bin/true", "2"),
        [r"keepalived\.conf:4 \(lb-ext-1\): The check check can never move the VIP: failed, lb-ext-1 still has"],
    ),
    "more descriptors than a node may have": (
        own.haproxy("    log stdout", "    maxconn 50000\n    log stdout"),
        [r"haproxy\.cfg .*: .*Cannot raise FD limit to \d+, limit is 20000"],
    ),
    "a misspelt file": (
        {"keepalived.cfg": own.KEEPALIVED},
        [r"keepalived\.cfg would go to no node\. Did you mean keepalived\.conf\?"],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_line_before_anything_starts(
    case: str, tmp_path: Path, client: docker.DockerClient, allowed_s: float
) -> None:
    files, words = REFUSED[case]
    began = time.monotonic()
    done = experiment(folder(tmp_path, files), DOWN)
    took_s = time.monotonic() - began
    print(f"{case}: refused after {took_s:.1f} s (allowed here: {allowed_s:.1f} s)")
    assert done.returncode == 2, done.stderr
    for pattern in words:
        assert re.search(pattern, done.stderr), done.stderr
    assert not listed(client, PROJECT, DOWN)
    assert took_s < allowed_s


def test_a_lab_that_runs_is_not_touched(standing_lab: str, tmp_path: Path) -> None:
    """Neither its files nor its processes."""

    def there() -> tuple[str, list[str]]:
        file = execute("lb-ext-1", "cat", "/etc/keepalived/keepalived.conf")
        return file, re.findall(r"\(pid (\d+)\)", execute("lb-ext-1", "sv", "status", "keepalived", "haproxy"))

    before = there()
    path = folder(tmp_path, own.keepalived("vrrp_version", "version"))
    done = run("up", "--lab", standing_lab, "--configuration", path)
    assert done.returncode == 2, done.stderr
    assert there() == before
    assert before[1]


@pytest.mark.nightly
@pytest.mark.usefixtures("client")
def test_what_only_loses_a_line_may_be_accepted(tmp_path: Path) -> None:
    """Then it is a warning. What will not run is never accepted."""
    path = folder(tmp_path, own.checking("/usr/local/bin/check_it", "-60"))
    refused = run("up", "--dry-run", "--lab", DOWN, "--configuration", path)
    assert (refused.returncode, "--accept-changed goes on" in refused.stderr) == (2, True), refused.stderr
    accepted = run("up", "--dry-run", "--accept-changed", "--lab", DOWN, "--configuration", path)
    assert accepted.returncode == 0, accepted.stderr
    assert re.search(r"keepalived\.conf:2 .*: Disabling track script check", accepted.stderr)
    folder(tmp_path, own.keepalived("virtual_ipaddress {", "virtual_ipaddres {"))
    assert run("up", "--dry-run", "--accept-changed", "--lab", DOWN, "--configuration", path).returncode == 2


def test_a_dry_run_says_what_it_could_not_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_VERSION", "never-built")
    done = experiment(folder(tmp_path, own.keepalived()), DOWN, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "The files were not checked: the balancers' image is not built yet" in done.stderr


@pytest.mark.usefixtures("client")
def test_every_configuration_of_ours_passes() -> None:
    """Without a word."""
    assert check_files(definition.of(DEFAULT_LAB), [Configuration.load(name) for name in configuration.names()]) == []
    assert check_files(definition.of(DEFAULT_LAB, ["databases"]), [Configuration.load("july-22")]) == []


@pytest.mark.usefixtures("client")
def test_what_sites_write_passes(tmp_path: Path) -> None:
    """Debian's own global section, a log-format that Jinja2 would take for its own, one file for both nodes."""
    debian = "    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n    daemon\n    log stdout"
    files = own.haproxy("    log stdout", debian)
    log_format = '    mode http\n    log global\n    log-format "%{+Q}r {%% {#"\n'
    files["haproxy.cfg"] = files["haproxy.cfg"].replace("    mode http\n", log_format)
    path = folder(tmp_path, files | {"keepalived.conf": own.SHARED})
    assert check_files(definition.of(DEFAULT_LAB), [Configuration.load(path)]) == []


WORKERS: Final = "pgrep --uid haproxy haproxy"
RELOADED: Final = f"""
old=$({WORKERS}) || exit 3
sv 2 haproxy
until new=$({WORKERS}) && ! echo "$new" | grep -qxF "$old"; do sleep 0.1; done
"""


@pytest.mark.nightly
def test_a_haproxy_with_a_user_of_its_own_is_reloaded_and_restarted(lab: str, tmp_path: Path) -> None:
    """Its master is root and ends workers of another user: that takes a capability (compose.yaml: KILL)."""
    path = folder(tmp_path, own.haproxy("    log stdout", "    user haproxy\n    group haproxy\n    log stdout"))
    done = run("up", "--lab", lab, "--configuration", path)
    assert done.returncode == 0, done.stderr
    execute("lb-ext-1", "timeout", "10", "sh", "-c", RELOADED)
    assert "ok: run: haproxy" in execute("lb-ext-1", "sv", "restart", "haproxy")


@pytest.mark.usefixtures("client")
def test_an_included_file_is_read_by_both(tmp_path: Path) -> None:
    """By keepalived, and for the bounds; a mistake in it is told by its name."""
    head, _, instance = own.KEEPALIVED.partition("vrrp_instance")
    settings = '[files."press.conf"]\nkind = "balancer"\npath = "/etc/keepalived/conf.d/press.conf"\n'
    files = {"keepalived.conf": f"{head}include conf.d/*.conf\n", "settings.toml": settings}
    path = folder(tmp_path, files | {"press.conf": f"vrrp_instance{instance}"})
    assert check_files(definition.of(DEFAULT_LAB), [Configuration.load(path)]) == []
    folder(tmp_path, {"press.conf": f"vrrp_instance{instance}".replace("priority 150", "priorty 150")})
    with pytest.raises(FilesRefused, match=r"press\.conf:5 \(lb-ext-1, lb-ext-2\): Unknown keyword 'priorty'"):
        check_files(definition.of(DEFAULT_LAB), [Configuration.load(path)])


DUMP: Final = """
ip link add lan0 type veth peer name end && ip address add 10.77.0.1/24 dev lan0 && ip link set lan0 up
cat > /etc/keepalived/keepalived.conf <<'END'
{text}
END
keepalived --dont-fork --log-console --config-id {node} > /tmp/log 2>&1 &
until grep -q 'Startup complete' /tmp/log; do sleep 0.1; done   # before, the signal would end it
kill -USR1 $!
until grep -qs 'Preempt =' /tmp/keepalived.data; do sleep 0.1; done
sleep 0.2; cat /tmp/keepalived.data
"""


@pytest.mark.parametrize("node, priority, preempt", [("lb-ext-1", 240, "enabled"), ("lb-ext-2", 100, "disabled")])
def test_bounds_follow_from_what_keepalived_loads(
    client: docker.DockerClient, node: str, priority: int, preempt: str
) -> None:
    """One shared file with lines for one node, definitions and quotation marks: its own dump says the same."""
    said = client.containers.run(
        f"{IMAGE}:{images.tag()}",
        ["timeout", "20", "sh", "-c", DUMP.format(text=own.SHARED, node=node)],
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=["NET_ADMIN", "NET_RAW"],
        remove=True,
    ).decode()
    (settings,) = parse_keepalived(own.SHARED, node)
    assert (settings.priority, settings.preempt, settings.vrid) == (priority, preempt == "enabled", 51)
    assert re.search(rf"^   Priority = {priority}$", said, re.MULTILINE), said
    assert re.search(rf"^   Preempt = {preempt}$", said, re.MULTILINE), said
    assert re.search(r"^   Virtual Router ID = 51$", said, re.MULTILINE), said
    assert re.search(r"^   Advert interval = 200 milli-sec$", said, re.MULTILINE), said
    assert settings.advert_int_ns == s // 5


@pytest.mark.nightly
def test_a_run_is_judged_by_the_lines_of_each_node(lab: str, tmp_path: Path) -> None:
    """Priority 240 and 90 of one file: the pair fails over, and the bound names the standby's 90."""
    lines = "@lb-ext-1 priority 240\n    @lb-ext-2 priority 90"
    path = folder(tmp_path, own.keepalived("@lb-ext-2 priority 100", lines))
    done = experiment(path, lab, "--json")
    assert done.returncode == 0, done.stderr
    assert "at priority 90" in findings(done.stdout)["no_owner"].bound


SOCKET = "stats socket /run/haproxy/admin.sock mode 600 level admin"


@pytest.mark.nightly
@pytest.mark.parametrize(
    "instead, verdict",
    [("stats socket /run/stats.sock mode 600", "holds"), ("# no runtime API", "inconclusive")],
    ids=["elsewhere", "none"],
)
def test_a_stats_socket_that_is_not_the_labs_accuses_nobody(
    lab: str, tmp_path: Path, instead: str, verdict: str
) -> None:
    """It is found by the configuration that runs. Without one, what nobody can see of HAProxy is not known."""
    (files := tmp_path / "files").mkdir()
    path = folder(files, own.haproxy(SOCKET, instead))
    opened = Session("own files", lab, tmp_path / "run", print, SLOWER)
    with opened as session, one_trial(session, "survived", path) as trial:
        blip = trial.step("blip", faults.blackhole("trunk", duration=800 * ms), watch=4 * s)
    found = [check(blip.history, blip.step) for check in (checks.holder_can_serve, checks.redundancy_restored)]
    assert [finding.verdict for finding in found] == [verdict] * 2, found


@pytest.mark.nightly
def test_whoever_is_answered_403_is_not_served(lab: str, tmp_path: Path) -> None:
    """HAProxy refuses everybody: nobody is served, whatever arrives in time. The pair is not steady: exit status 1."""
    denied = own.haproxy("    default_backend", "    http-request deny deny_status 403\n    default_backend")
    done = experiment(folder(tmp_path, denied), lab)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "is served 0 times" in done.stdout
    assert "403" in done.stdout
