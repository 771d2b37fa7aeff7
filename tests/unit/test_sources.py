"""What a folder of a configuration has is read, or refused by its name."""

import os
from pathlib import Path

import pytest

from harness.model.errors import UsageError
from harness.model.sources import read_sources


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A folder that was copied from a machine may have keepalived's notify FIFO under any name."""
    os.mkfifo(tmp_path / "keepalived.conf")
    with pytest.raises(UsageError, match=r"keepalived\.conf is no regular file"):
        read_sources(tmp_path, ["keepalived.conf"], "site")


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "real").write_text("vrrp_instance a {\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "keepalived.conf").symlink_to(tmp_path / "above" / "real")
    found = read_sources(tmp_path / "site", ["keepalived.conf"], "site")
    assert found["keepalived.conf"].text == "vrrp_instance a {\n"
