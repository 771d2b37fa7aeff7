"""A clock that is set back while a point captures: the file shows a time twice, and lengths of time mean nothing."""

from pathlib import Path

import pytest

from harness.capture import judge
from harness.model.errors import UsageError
from harness.model.units import ms, s
from tests.captures import LB1, takeover
from tests.frames import BEGIN, VIP, Stamped, advert, pcap

MINUTE = [(BEGIN + i * s, advert(LB1, 51, 150, VIP, ident=i)) for i in range(60)]


def set_back(by: int, at: int = 50) -> list[Stamped]:
    """Half of the file and more shows adverts twice as often as there were any."""
    return [(t - (by if i >= at else 0), frame) for i, (t, frame) in enumerate(MINUTE)]


def test_such_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'a.pcap': the adverts of 10.77.0.1 go back by 39.600 s"):
        judge([pcap(tmp_path / "a.pcap", set_back(40_600 * ms))])


def test_packets_of_several_cards_that_are_a_little_out_of_order_are_judged(tmp_path: Path) -> None:
    (vip,) = judge([pcap(tmp_path / "a.pcap", [*MINUTE[:30], *reversed(MINUTE[30:34]), *MINUTE[34:]])]).vips
    assert next(each for each in vip.checks if each.name == "adverts_regular").holds


def test_pieces_that_are_joined_in_the_wrong_order_are_judged(tmp_path: Path) -> None:
    """`mergecap -a LATER EARLIER`: no time is shown twice."""
    (vip,) = judge([pcap(tmp_path / "a.pcap", [*MINUTE[30:], *MINUTE[:30]])]).vips
    assert next(each for each in vip.checks if each.name == "adverts_regular").holds


def test_two_cards_of_one_machine_one_after_the_other_are_judged(tmp_path: Path) -> None:
    """`mergecap -a ETH0 ETH1`: the same time twice, and no sender's adverts twice."""
    story = takeover().points["lb1"]  # adverts, then requests, each from the begin on
    assert judge([pcap(tmp_path / "a.pcap", story)]).files[0].judged
