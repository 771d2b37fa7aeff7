"""`harness down`."""

from typing import Annotated

import typer

from harness.cli._console import DEFAULT, LabName, timed
from harness.lab import compose, engine, generated
from harness.lab.images import remove_images
from harness.lab.ready import DOWN_SECONDS

Images = Annotated[bool, typer.Option("--images", help="Remove the product's images too.")]

Forget = Annotated[bool, typer.Option("--forget", help="Forget the lab's own topology (up --topology) too.")]


def down(*, lab: LabName = DEFAULT, images: Images = False, forget: Forget = False) -> None:
    """Remove the lab's containers and networks. It is no error if the lab is not there.

    A lab with a topology of its own keeps it: harness up --lab NAME brings the same one up again.

    Examples:

      harness down

      harness down --images

      harness down --lab edge --forget
    """
    engine.require()
    with timed(f"down {lab}", f"{DOWN_SECONDS} s at most") as progress:
        compose.down(lab)
        if forget:
            generated.forget(lab)
        if images:
            remove_images(progress)
