"""A text of unknown origin on one line: nothing in it acts."""


def one_line(text: str) -> str:
    """A text as it may be shown: nothing that a terminal or a pipeline would obey.

    A runner of GitHub Actions takes each line that begins with ``::`` as a command.
    """
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
    return f"\\{plain}" if plain.lstrip().startswith("::") else plain
