"""`harness down`."""

from typing import Annotated

import typer

from harness.cli._console import DEFAULT, LabName, steps
from harness.lab import compose, engine
from harness.lab.images import remove_images
from harness.lab.ready import DOWN_SECONDS

Images = Annotated[bool, typer.Option("--images", help="Remove the product's images too.")]


def down(*, lab: LabName = DEFAULT, images: Images = False) -> None:
    """Remove the lab's containers and networks. What is not there is not an error.

    Examples:

      harness down

      harness down --images
    """
    engine.require()
    with steps(f"down {lab}", f"{DOWN_SECONDS} s at most") as progress:
        compose.down(lab)
        if images:
            remove_images(progress)
