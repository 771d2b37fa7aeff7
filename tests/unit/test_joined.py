"""`harness inject … --and '…'`: several faults in one command, as `&` joins them in Python."""

import pytest

from harness import faults
from harness.cli._joined import joined
from harness.cli.inject import KINDS
from harness.faults import Fault
from harness.model.errors import BadValue, HarnessError, UnknownName, UsageError
from harness.model.units import ms, s
from tests.planned import LAB

HUNG = faults.hung("lb-ext-1", "haproxy")
LINK = faults.link_down("lb-ext-1.external")


@pytest.mark.parametrize(
    "texts, fault",
    [
        ((), HUNG),
        (("link_down lb-ext-1.external",), HUNG & LINK),
        (("link_down lb-ext-1.external --later 5s",), HUNG & LINK.later(5 * s)),
        (("vrrp_lost trunk --direction a-to-b --multicast --for 800ms",),
         HUNG & faults.vrrp_lost("trunk", "a-to-b", multicast=True, duration=800 * ms)),
        (("link_down lb-ext-1.external --begin-after 'takes(lb-ext-2)' --within 9s",),
         HUNG & faults.after("takes(lb-ext-2)", LINK, 9 * s)),
        (("link_down lb-ext-1.external", "freeze gw-1 --for 1s"),
         HUNG & LINK & faults.freeze("gw-1", duration=1 * s)),
    ],
)  # fmt: skip
def test_each_is_what_python_says(texts: tuple[str, ...], fault: Fault) -> None:
    assert joined(HUNG, texts, KINDS) == fault
    assert fault.plan(LAB).parts


@pytest.mark.parametrize(
    "text, error, said",
    [
        ("", BadValue, "a fault as it is typed"),
        ("link_down 'lb", UsageError, "No closing quotation"),
        ("melt lb-ext-1", UnknownName, "no fault 'melt'"),
        ("link_down", UsageError, "Missing argument 'TARGET'.*harness faults link_down"),
        ("link_down lb-ext-1 --fro 2s", UsageError, "No such option: --fro.*harness faults link_down"),
        ("link_down lb-ext-1 --dry-run", UsageError, "No such option: --dry-run"),
        ("link_down lb-ext-1 --lab other", UsageError, "No such option: --lab"),
        ("link_down lb-ext-1 --help", UsageError, "No such option: --help"),
        ("link_down lb-ext-1 --for 2", BadValue, "2"),
        ("link_down lb-ext-1 --later 1s --begin-after takes(lb-ext-2)", BadValue, "not together"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, error: type[HarnessError], said: str) -> None:
    with pytest.raises(error, match=said):
        joined(HUNG, (text,), KINDS)
