"""With a real engine: an image is built once, again when a file changes, and a failed build explains itself."""

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from harness.lab import engine, images
from harness.lab.bootstrap import ensure_bootstrap
from harness.lab.dockerfile import BOOTSTRAP
from harness.model.errors import EnvironmentProblem

pytestmark = pytest.mark.lab
REFERENCE = "failover-harness-built-by-test:test"


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = engine.connect()
    yield client
    client.close()


@pytest.fixture
def root(tmp_path: Path, client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout with one image of one file."""
    monkeypatch.setenv("HARNESS_VERSION", "test")
    ensure_bootstrap(client, print, tmp_path / "bootstrap.log")
    folder = tmp_path / "compose" / "built-by-test"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(f"FROM {BOOTSTRAP}\nCOPY compose/built-by-test/file /\nRUN test -s /file\n")
    (folder / "file").write_text("one\n")
    (folder.parent / "images.yaml").write_text(
        f"services: {{built-by-test: {{image: {REFERENCE}, "
        "build: {context: .., dockerfile: compose/built-by-test/Dockerfile}}}\n"
    )
    yield tmp_path
    try:
        client.images.remove(REFERENCE)
    except ImageNotFound:
        return  # the test that lets the build fail has none


def test_built_once_and_again_only_when_a_file_changes(root: Path) -> None:
    steps: list[str] = []
    assert images.ensure_images(steps.append, root) == ("built-by-test",)
    assert any("COPY compose/built-by-test/file" in step for step in steps)
    assert images.ensure_images(steps.append, root) == ()
    (root / "compose/built-by-test/file").write_text("two\n")
    assert images.ensure_images(steps.append, root) == ("built-by-test",)


def test_a_failed_build_shows_its_last_lines_and_its_log(root: Path) -> None:
    (root / "compose/built-by-test/file").write_text("")
    with pytest.raises(EnvironmentProblem) as caught:
        images.ensure_images(print, root)
    assert "test -s /file" in str(caught.value)
    assert str(root / ".harness" / "build-built-by-test.log") in str(caught.value)
