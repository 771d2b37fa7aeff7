"""A pair whose nodes do not hear each other is not searched: the model would let one of them be a standby."""

import pytest

from harness.cli._subject import at_rest
from harness.model.errors import UsageError
from harness.search.held import held
from harness.search.subject import of_site
from tests.lint_pairs import conf, two
from tests.recorded_sites import recorded


@pytest.mark.parametrize("site, said", [("radio-password", "passwords"), ("ferry-advert-interval", "adverts every")])
def test_each_node_is_master_without_any_fault(site: str, said: str) -> None:
    found = of_site(site, recorded(site))
    assert said in found.never_rests
    with pytest.raises(UsageError, match="several nodes are master"):
        at_rest(found)


def test_a_pair_at_rest_is_searched() -> None:
    found = of_site("texts", two(confs=(conf(101), conf(100))))
    assert at_rest(found) is found


def test_a_check_whose_program_is_not_here_is_named_and_nothing_is_said_of_haproxy() -> None:
    """keepalived of the image dropped it; the site's nodes may well have it."""
    found = of_site("streams", recorded("streams-script-not-supplied"))
    assert any("its program is not among the files" in line for line in found.left_out)
    pair = found.pair()
    killed = f"killed {pair.owner} --service haproxy"
    pair.words = {killed: pair.words[killed]}
    assert [(each.hurts, bool(each.untold)) for each in held(pair, found.left_out)] == [(False, True)]
