"""A changed file rebuilds the images that hold it, and nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.lab import images
from harness.lab.dockerfile import Image, generations, read_images
from harness.model.errors import EnvironmentProblem
from harness.model.folders import ROOT

FILES = {
    "compose/base/Dockerfile": (
        "ARG BOOTSTRAP=failover-harness-bootstrap:trixie\nFROM ${BOOTSTRAP}\nCOPY compose/base/bin/ /bin/\n"
    ),
    "compose/base/bin/init": "#!/bin/sh\n",
    "compose/agent/Dockerfile": (
        "# not failover-harness-api\nFROM failover-harness-base:trixie\nCOPY --chmod=755 harness/agents \\\n  /opt/\n"
    ),
    "compose/api/Dockerfile": (
        "ARG BASE=failover-harness-base:trixie\nFROM ${BASE} AS packages\n"
        "RUN --mount=type=bind,source=compose/api/lock,target=/lock true\n"
        "FROM ${BASE}\nCOPY --from=packages /opt/site /opt/site\n"
    ),
    "compose/api/lock": "starlette\n",
    "harness/agents/hand.py": "x = 1\n",
    "harness/agents/__pycache__/hand.pyc": "cache",
    "harness/lab/other.py": "y = 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def contents(root: Path) -> dict[str, str]:
    return {image.name: image.content for image in read_images(root, "dev")}


def write(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text("changed\n")


def test_folders_become_images_parents_first(root: Path) -> None:
    found = {image.name: image for image in read_images(root, "1.2")}
    assert next(iter(found)) == "base"
    assert {image.reference for image in found.values()} == {
        "failover-harness-base:trixie",
        "failover-harness-agent:1.2",
        "failover-harness-api:1.2",
    }
    assert found["base"].parents == ()
    assert found["agent"].parents == found["api"].parents == ("base",)


@pytest.mark.parametrize(
    "change,stale",
    [
        (write("harness/agents/hand.py"), {"agent"}),
        (write("harness/agents/new.py"), {"agent"}),
        (lambda root: (root / "harness/agents/hand.py").rename(root / "harness/agents/arm.py"), {"agent"}),
        (lambda root: (root / "compose/base/bin/init").chmod(0o755), {"base", "agent", "api"}),
        (write("compose/base/bin/init"), {"base", "agent", "api"}),
        (write("compose/api/lock"), {"api"}),
        (write("harness/lab/other.py"), set()),
        (write("harness/agents/__pycache__/hand.pyc"), set()),
        (lambda root: (root / "harness/agents/hand.py").touch(), set()),
    ],
)
def test_a_change_is_seen_where_it_is_held(root: Path, change: Callable[[Path], object], stale: set[str]) -> None:
    before = contents(root)
    change(root)
    after = contents(root)
    assert {name for name in before if before[name] != after[name]} == stale


def test_what_is_built_side_by_side(root: Path) -> None:
    everything = read_images(root, "dev")
    assert [{image.name for image in group} for group in generations(everything)] == [{"base"}, {"agent", "api"}]
    without_base = tuple(image for image in everything if image.name != "base")
    assert [len(group) for group in generations(without_base)] == [2]


def test_a_copied_file_that_is_not_there_is_named(root: Path) -> None:
    (root / "compose/api/lock").unlink()
    with pytest.raises(EnvironmentProblem, match="compose/api/Dockerfile copies compose/api/lock"):
        read_images(root, "dev")


def test_an_unknown_parent_is_named(root: Path) -> None:
    (root / "compose/api/Dockerfile").write_text("FROM failover-harness-nothing:dev\n")
    with pytest.raises(EnvironmentProblem, match="no compose/nothing/Dockerfile"):
        read_images(root, "dev")


def test_the_checkout_itself_can_be_read() -> None:
    assert {"base", "agent", "balancer"} <= set(contents(ROOT))


def test_certificates_are_the_operators_choice_or_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert images.certificates() == bundle
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert images.certificates().exists()


@pytest.mark.parametrize(
    "said,hint", [("SSL: CERTIFICATE_VERIFY", "SSL_CERT_FILE"), ("no space left on device", "full")]
)
def test_a_failed_build_says_status_last_lines_log_and_what_to_try(said: str, hint: str) -> None:
    image = Image("agent", "failover-harness-agent:dev", (), "0")
    text = images._failure((image,), 17, 3.2, ["#5 RUN pip", said], Path("/x/build.log"))
    for part in ("failover-harness-agent:dev", "status 17", "3 s", said, "/x/build.log", hint):
        assert part in text


def test_steps_of_a_build_are_announced_once_and_everything_is_logged(tmp_path: Path) -> None:
    said = "#7 [agent 3/6] RUN a\n#7 0.1 noise\n#7 [agent 3/6] RUN a\n#8 [agent internal] load\nlast\n"
    steps: list[str] = []
    status, last = images._run(["sh", "-c", f"printf '{said}'; exit 3"], tmp_path / "log", steps.append)
    assert (status, steps, last[-1]) == (3, ["[agent 3/6] RUN a"], "last")
    assert (tmp_path / "log").read_text() == said
