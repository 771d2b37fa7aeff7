"""Several comparisons at once: each further one makes a false alarm likelier, unless all are corrected."""

from collections.abc import Sequence


def holm(probabilities: Sequence[float]) -> list[float]:
    """Each probability, adjusted so that a threshold of 5 % keeps the chance of any false alarm at 5 % (Holm 1979)."""
    order = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    adjusted = [1.0] * len(probabilities)
    least = 0.0
    for done, place in enumerate(order):
        least = max(least, min(1.0, (len(probabilities) - done) * probabilities[place]))
        adjusted[place] = least
    return adjusted
