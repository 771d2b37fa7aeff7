"""A text of unknown origin, so that a terminal, a browser and a parser show it."""


def printable(text: str) -> str:
    """One line without control characters: XML 1.0 has none, and none may turn the direction of what follows."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
