"""Which Debian release a node has its programs of, and which images that makes."""

import pytest

from harness.lab.dockerfile import Image, needed, of_release, read_images
from harness.lab.images import _service, _usual
from harness.model.errors import BadValue, UnknownName
from harness.model.folders import ROOT
from harness.model.release import RELEASES, of_option

NODES = ("lb1", "lb2")


@pytest.mark.parametrize(
    "option,expected",
    [
        ("", {}),
        ("bookworm", {"lb1": "bookworm", "lb2": "bookworm"}),
        ("lb2=bookworm", {"lb2": "bookworm"}),
        ("lb1=trixie, lb2=bookworm", {"lb1": "trixie", "lb2": "bookworm"}),
    ],
)
def test_an_option_is_for_every_node_or_for_some(option: str, expected: dict[str, str]) -> None:
    assert of_option(option, NODES) == expected


@pytest.mark.parametrize(
    "option,error,said",
    [
        ("bookwurm", UnknownName, "bookworm"),
        ("lb1=sid", UnknownName, "trixie"),
        ("lb3=trixie", UnknownName, "lb1, lb2"),
        ("lb1=trixie,lb1=bookworm", BadValue, "each node once"),
        ("lb1=trixie,bookworm", BadValue, "NODE=RELEASE"),
        ("lb1=", UnknownName, "bookworm"),
        ("lb1=trixie,", BadValue, "NODE=RELEASE"),
    ],
)
def test_another_option_is_refused_with_what_is_valid(option: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        of_option(option, NODES)


def usual() -> tuple[Image, ...]:
    return read_images(ROOT, "1.2")


def test_another_release_has_a_base_and_a_balancer_of_its_own() -> None:
    base, balancer = of_release(usual(), "bookworm")
    assert (base.reference, balancer.reference) == (
        "failover-harness-base:bookworm",
        "failover-harness-balancer:1.2-bookworm",
    )
    assert not {base.content, balancer.content} & {image.content for image in usual()}
    assert _service(base)["build"] == {
        "labels": {"failover-harness.content": base.content},
        "args": {"BOOTSTRAP": "failover-harness-bootstrap:bookworm"},
    }
    assert _service(balancer)["image"] == balancer.reference
    assert "args" in _service(balancer)["build"]  # type: ignore[operator]


def test_the_usual_release_is_built_as_images_yaml_says() -> None:
    (balancer,) = (image for image in usual() if image.name == "balancer")
    assert _service(balancer) == {"build": {"labels": {"failover-harness.content": balancer.content}}}


def test_a_change_of_the_usual_image_makes_the_others_stale() -> None:
    """They are made of the same files, and of the usual base."""
    before = of_release(usual(), "bookworm")
    for name, changed in (("base", [True, True]), ("balancer", [False, True]), ("agent", [False, False])):
        after = of_release(tuple(_with(image, name) for image in usual()), "bookworm")
        assert [one.content != other.content for one, other in zip(before, after, strict=True)] == changed


def _with(image: Image, name: str) -> Image:
    return Image(image.name, image.reference, image.parents, "other" if image.name == name else image.content)


def test_an_image_that_no_node_has_is_not_built() -> None:
    """And a loaded balancer of another release needs nothing that it was made of."""
    wanted = {"balancer", "servers"}
    assert _usual(wanted, ("bookworm",), parents=False) == {"servers"}
    assert _usual(wanted, ("bookworm",), parents=True) == {"base", "certificate", "servers"}
    assert _usual(wanted, RELEASES, parents=True) == {"balancer", "base", "certificate", "servers"}
    assert _usual(wanted, RELEASES, parents=False) == wanted


@pytest.mark.parametrize("stale,built", [((), []), (("base",), []), (("balancer",), ["balancer"])])
def test_the_base_of_a_release_is_built_for_its_balancer_alone(stale: tuple[str, ...], built: list[str]) -> None:
    images = tuple(image for image in of_release(usual(), "bookworm") if image.name in stale)
    assert [image.name for image in needed(images, {"balancer"})] == built
