"""The mutants are kept in step with the product; `make mutants` runs them."""

import pytest

from harness import checks
from scripts.mutants import ROOT, Mutant, load

MUTANTS = load()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_applies_and_names_its_test(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text()
    assert mutant.apply(source) != source
    assert (ROOT / mutant.test).is_file()


def test_every_check_has_one_and_the_estimator_two() -> None:
    names = {mutant.name for mutant in MUTANTS}
    assert names >= set(checks.ALL)
    assert sum(mutant.file == "harness/recovery/estimator.py" for mutant in MUTANTS) >= 2


def test_patch_that_no_longer_applies_is_an_error() -> None:
    mutant = MUTANTS[0]
    for source in ("", mutant.old * 2):
        with pytest.raises(ValueError, match="times in"):
            mutant.apply(source)
