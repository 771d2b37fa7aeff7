"""The verbs: one file each. A file is imported when its verb is typed, so that no command waits for the others.

The list of ``--help`` is read from the files without an import: the docstring of the verb's function.
"""

import ast
import inspect
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer
from typer._click.core import Command, Context  # its own copy of Click, which Typer's classes get
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

PANELS: Final[dict[str, tuple[str, ...]]] = {
    "Your own pair": ("collect", "init", "lint", "gate", "rules", "judge"),
    "The lab": ("up", "down", "reset", "undo", "clean", "status", "doctor"),
    "Experiments": ("list", "run", "campaign", "compare", "runs", "report", "explain", "export"),
    "On a model": ("search", "foresee", "conform"),
    "By hand": ("inject", "mitigate", "faults", "mitigations", "exec", "logs"),
}
"""In the order of ``--help``."""
PANEL_OF: Final = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}
FUNCTIONS: Final = {"list": "list_catalogue", "compare": "compare_runs", "exec": "exec_in_node", "runs": "recorded"}
"""Of a verb whose own name is taken in its file."""
_ARGUMENTS_PASS_THROUGH: Final = {"ignore_unknown_options": True, "allow_interspersed_args": False}
SETTINGS: Final[dict[str, dict[str, Any]]] = {"exec": _ARGUMENTS_PASS_THROUGH}
MARKUP: Final = "markdown"


class Verbs(TyperGroup):
    """Knows the names of all verbs, and what is behind none of them."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        return list(PANEL_OF)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002 - the signature is Typer's
        return Verb(cmd_name) if cmd_name in PANEL_OF else None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        if args[0] not in PANEL_OF:
            self.commands.update({name: Verb(name) for name in PANEL_OF})  # among which Typer looks for the nearest
        return super().resolve_command(ctx, args)


class Verb(TyperCommand):
    """Stands for a verb until it is typed."""

    def __init__(self, name: str) -> None:
        super().__init__(name, help=about(name), rich_markup_mode=MARKUP, rich_help_panel=PANEL_OF[name])

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any
    ) -> Context:
        assert self.name
        return loaded(self.name).make_context(info_name, args, parent, **extra)


def about(verb: str) -> str:
    """The docstring of its function."""
    tree = ast.parse((Path(__file__).parent / f"{verb}.py").read_text())
    name = FUNCTIONS.get(verb, verb)
    found = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
    assert found, f"{verb}.py must define the function {name}"
    return inspect.cleandoc(ast.get_docstring(found[0]) or "")


@cache
def loaded(verb: str) -> Command:
    """A verb's file has an ``app`` of sub-commands, or a function."""
    module = import_module(f"harness.cli.{verb}")
    alone = typer.Typer(rich_markup_mode=MARKUP)
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=verb)
    else:
        alone.command(verb, context_settings=SETTINGS.get(verb))(getattr(module, FUNCTIONS.get(verb, verb)))
    return get_group(alone).commands[verb]
