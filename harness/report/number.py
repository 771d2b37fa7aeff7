"""Numbers as tables show them."""


def number(value: float | None) -> str:
    """Three significant digits, no exponent: ``0.00512``, ``4.1``, ``12,034``."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 1000 or value == round(value):
        return f"{value:,.0f}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"
