"""Passwords in a site's files, which programs may quote, are in no output of `harness lint` and `harness gate`."""

import shutil
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from harness.site.examined import Answer, Examined
from harness.site.site import Site
from tests.command_line import Cli

SITES = Path(__file__).parents[2] / "data" / "sites"
PLANTED = ("pl4nted-vrrp", "pl4nted-page", "pl4nted-list", "pl4nted-curl", "pl4nted-probe")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """wiki-minimal with passwords; HAProxy and keepalived quote all of them in lines that findings repeat."""
    site = tmp_path / "site"
    shutil.copytree(SITES / "wiki-minimal", site)
    for node in ("lb1", "lb2"):
        file = site / node / "keepalived.conf"
        text = file.read_text().replace("w1k1pair", PLANTED[0])
        file.write_text(text.replace("killall -0 haproxy", f"/opt/check -u m:{PLANTED[3]}"))
    with (site / "haproxy.cfg").open("a") as cfg:
        cfg.write(f"    stats auth tiger:{PLANTED[1]}\nuserlist l\n    user tiger insecure-password {PLANTED[2]}\n")
    pair = site / "pair.toml"
    pair.write_text(f'probe = "http://m:{PLANTED[4]}@192.0.2.10/"\n{pair.read_text()}')
    recorded = msgspec.json.decode((site / "examined.json").read_bytes(), type=dict[str, Examined])
    quoted = " ".join(PLANTED)
    alert = f"[ALERT]    (13) : config : parsing [/etc/haproxy/haproxy.cfg:5] : unknown keyword '{quoted}'\n"
    lost = f"(/etc/keepalived/keepalived.conf: Line 2) Unknown keyword '{quoted}'\n"
    changed = {
        name: replace(each, haproxy_test=Answer(1, alert), keepalived_test=Answer(5, lost))
        for name, each in recorded.items()
    }

    def examine(_: Site) -> dict[str, Examined]:
        return changed

    module = import_module("harness.cli._examined")
    monkeypatch.setattr(module, "examine", examine)
    monkeypatch.setattr(module, "ensure_images", lambda *_, **__: ())
    return site


@pytest.mark.parametrize(
    "words",
    [
        ("lint",),
        ("lint", "--json"),
        ("lint", "--sarif"),
        ("lint", "--github"),
        ("gate",),
        ("gate", "--json"),
        ("gate", "--junit", "gate.xml"),
        ("gate", "--only", "haproxy-killed", "--dry-run"),
    ],
)
def test_outputs(cli: Cli, folder: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    ended = cli(words[0], str(folder), *words[1:])
    report = folder.parent / "gate.xml"
    told = ended.out + ended.err + (report.read_text() if report.exists() else "")
    assert [each for each in PLANTED if each in told] == []
    assert "REDACTED" in told or "--dry-run" in words


def test_without_the_redaction_the_outputs_would_have_them(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("harness.cli._examined"), "secrets", lambda _: ())
    ended = cli("lint", str(folder))
    assert [each for each in PLANTED if each in ended.out]
