"""Where the harness reads from and keeps what is its own, in a checkout and installed."""

from pathlib import Path

import pytest

from harness.lab.build_context import build_context, lay_out
from harness.lab.dockerfile import read_images
from harness.model import folders


def test_a_checkout_keeps_its_state_in_itself() -> None:
    assert not folders.INSTALLED
    assert folders.state() == Path(__file__).parents[2] / ".harness"


def test_a_lab_of_ones_own_has_a_folder_of_its_name() -> None:
    assert folders.lab("mine") == folders.state() / "labs" / "mine"


@pytest.mark.parametrize("named", ["", "relative"])
def test_an_installed_package_keeps_its_state_in_the_users_folder(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", named)
    assert folders.state(folders.SHIPPED) == tmp_path / ".local" / "state" / "failover-harness"


def test_the_users_state_folder_is_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert folders.state(folders.SHIPPED) == tmp_path / "failover-harness"


def test_a_checkout_is_its_own_build_context() -> None:
    with build_context(folders.ROOT) as context:
        assert context == folders.ROOT


def test_an_installed_package_is_laid_out_for_a_build_and_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "_shipped"
    for name in ("compose", "experiments", "locustfiles"):
        (shipped / name).mkdir(parents=True)
    monkeypatch.setattr(folders, "SHIPPED", shipped)
    with build_context(shipped) as context:
        assert {path.name for path in context.iterdir()} == {"compose", "harness", "locustfiles"}
    assert not context.exists()


def test_what_is_laid_out_has_the_checkouts_digests(tmp_path: Path) -> None:
    lay_out(tmp_path, folders.PACKAGE, folders.ROOT)
    assert read_images(tmp_path, "dev") == read_images(folders.ROOT, "dev")
    assert not list(tmp_path.rglob("__pycache__"))
