"""`harness init`."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from harness.cli._console import Json, one_line, print_json, say, show
from harness.model.errors import UsageError
from harness.site import pair_file
from harness.site.draft import Draft, draft
from harness.site.draft_text import text
from harness.site.listing import Listing, listing
from harness.site.unpack import unpack

Archives = Annotated[
    list[Path] | None, typer.Option("--from", metavar="ARCHIVE", help="Unpack what `harness collect` gathered first.")
]


class Drafted(msgspec.Struct, frozen=True):
    """What `--json` prints. `nodes`: node → path in the node → file."""

    file: str
    written: bool
    nodes: dict[str, dict[str, str]]
    missing: tuple[str, ...]
    guessed: tuple[str, ...]
    text: str


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The pair's files, as they lie on its machines.")],
    *,
    archives: Archives = None,
    force: bool = typer.Option(False, "--force", help="Replace a pair.toml that is there."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the draft and write nothing."),
    json: Json = False,
) -> None:
    """Draft the pair.toml of a folder of files: which is on which node, where it lies there, and what is missing.

    DIR has a keepalived.conf in a folder of each node, or named after it, or one for all; haproxy.cfg likewise; scripts
    and sysctl files under the names that they have on the machines.

    Exit status: 0 drafted, also if something is missing; 2 wrong use, such as a folder without files.

    Examples:

      harness init site/ --dry-run

      harness init site/; harness lint site/

      harness init site/ --from lb1.tar.gz --from lb2.tar.gz
    """
    file = folder / pair_file.NAME
    if (file.exists() or file.is_symlink()) and not (force or dry_run):
        raise UsageError(f"{file} is there: --force replaces it, --dry-run prints a draft.")
    _unpack(folder, archives or [], dry_run=dry_run)
    drafted = draft(_listed(folder))
    if not dry_run:
        _write(file, text(drafted))
    if json:
        said = (drafted.nodes, drafted.missing, drafted.guessed, text(drafted))
        print_json(Drafted(str(file), not dry_run, *said))
    else:
        _show(drafted, file, dry_run=dry_run)


def _listed(folder: Path) -> Listing:
    """Raises `UsageError` for a folder without files."""
    found = listing(folder)
    if not found.files and not found.unread:
        raise UsageError(
            f"{folder} has no files. Put keepalived.conf and haproxy.cfg of each node into it (lb1/, lb2/), "
            "or use --from."
        )
    return found


def _unpack(folder: Path, archives: list[Path], *, dry_run: bool) -> None:
    if archives and dry_run:
        raise UsageError("--dry-run writes nothing, and --from unpacks files into the folder.")
    if archives:
        folder.mkdir(exist_ok=True)
    for archive in archives:
        say(f"{archive}: {folder / unpack(archive, folder)}")


def _write(file: Path, drafted: str) -> None:
    """Replaces a link itself: what it leads to is not the site's."""
    file.unlink(missing_ok=True)
    file.write_text(drafted)


def _show(drafted: Draft, file: Path, *, dry_run: bool) -> None:
    if dry_run:
        show(text(drafted))
    else:
        nodes = "; ".join(f"{name}: {len(files)} files" for name, files in drafted.nodes.items())
        show(f"{file}: drafted. {nodes}")
    for what, said in (("missing", drafted.missing), ("guessed", drafted.guessed)):
        for each in said:
            (say if dry_run else show)(f"{what}  {one_line(each)}")
    if not dry_run:
        missing = f"Fill in what is missing ({len(drafted.missing)}), then" if drafted.missing else "Look at it, then"
        show(f"{missing}: harness lint {file.parent}")
