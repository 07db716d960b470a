# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates inside variables: `"url": "http://{{ host }}:{{ port }}"`, resolved once, each after what it names.

Only texts of the documents are templates; what comes from the command line, the system environment or the cluster is data. The language is
that of Jinja2 templates, whatever engine the app has. What a template makes of a secret is a secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .._errors import Problem, RenderError
from .._model import Variable, find_cycle, in_order, locate
from .._secrets import Literal, SecretText, secret_leaves
from .ansible_words import way_out_of_name
from .near_names import nearest

if TYPE_CHECKING:
    from .expressions import Expressions

Path: TypeAlias = "tuple[str | int, ...]"


def resolve(variables: Mapping[str, Variable], known: Mapping[str, Any], absent: Mapping[str, str]) -> dict[str, Any]:
    """The variables with their templates resolved; SecretText marks what is secret.

    known: the values of all names, templates and all. absent: declared names that have no value -> why.
    Raises RenderError with every variable that cannot be resolved: a name that is not there, a cycle, a syntax error.
    """
    templated = {name: leaves for name in known if name in variables and (leaves := dict(_templates(known[name])))}
    if not templated:
        return dict(known)
    from .expressions import Expressions  # Jinja2 is imported only when there is something to resolve

    expressions = Expressions()
    found = dict(known)
    problems: list[Problem] = []
    named = {name: _names(expressions, variables[name], name, leaves, problems) for name, leaves in templated.items()}
    if problems:
        raise RenderError.of(problems)
    _refuse_cycle(named, variables)
    for name in in_order(named):
        if name in templated:
            try:
                found[name] = _filled(found[name], (), templated[name], expressions, found)
            except RenderError as error:
                problems.append(_placed(error, name, variables[name], known, absent))
                found[name] = None
    if problems:
        raise RenderError.of(problems)
    return found


def _templates(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in the value that is a template, with where it is."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _templates(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _templates(item, (*path, index))
    elif isinstance(value, str) and not isinstance(value, Literal) and any(mark in value for mark in ("{{", "{%", "{#")):
        yield path, value


def _names(expressions: Expressions, variable: Variable, name: str, leaves: Mapping[Path, str], problems: list[Problem]) -> set[str]:
    """The names that the variable's templates need."""
    found: set[str] = set()
    for text in leaves.values():
        try:
            found |= expressions.names(text)
        except RenderError as error:
            problems.append(_placed(error, name, variable, {}, {}))
    return found


def _refuse_cycle(named: Mapping[str, set[str]], variables: Mapping[str, Variable]) -> None:
    cycle = find_cycle(named)
    if not cycle:
        return
    around = [*cycle, cycle[0]]
    words = f"variable {cycle[0]} needs itself" if len(cycle) == 1 else f"variables need each other: {' -> '.join(around)}"
    places = [f"{name} at {_where(variables[name])}" for name in cycle]
    raise RenderError(words, where=_where(variables[cycle[0]]), hint=f"Give one of them a value without the others: {'; '.join(places)}.")


def _filled(value: Any, path: Path, leaves: Mapping[Path, str], expressions: Expressions, known: Mapping[str, Any]) -> Any:
    """The value with its templates replaced by what they give."""
    if path in leaves:
        return _made(leaves[path], expressions, known)
    if isinstance(value, Mapping):
        return {key: _filled(item, (*path, key), leaves, expressions, known) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(item, (*path, index), leaves, expressions, known) for index, item in enumerate(value)]
    return value


def _made(template: str, expressions: Expressions, known: Mapping[str, Any]) -> Any:
    """What a template gives. It is secret when it gives something else with other secrets."""
    needed = {name: known[name] for name in expressions.names(template) if name in known}
    result = expressions.evaluate(template, needed)
    if not any(True for _ in secret_leaves(needed)):
        return _marked(result, Literal)
    try:
        other = expressions.evaluate(template, _with_decoys(needed))
    except RenderError:
        return _marked(result, SecretText)
    return _compared(result, other)


def _with_decoys(value: Any) -> Any:
    if isinstance(value, SecretText):
        return f"decoy-{len(value)}-{value[::-1]}-{value[:1]}"
    if isinstance(value, Mapping):
        return {key: _with_decoys(item) for key, item in value.items()}
    return [_with_decoys(item) for item in value] if isinstance(value, (list, tuple)) else value


def _compared(result: Any, other: Any) -> Any:
    """The result with the texts marked as secret that are not the same in the other; numbers that differ become secret texts."""
    if isinstance(result, Mapping) and isinstance(other, Mapping) and result.keys() == other.keys():
        return {key: _compared(item, other[key]) for key, item in result.items()}
    if isinstance(result, list) and isinstance(other, list) and len(result) == len(other):
        return [_compared(mine, theirs) for mine, theirs in zip(result, other, strict=True)]
    return _marked(result, Literal if result == other else SecretText)


def _marked(value: Any, kind: type[Literal]) -> Any:
    if isinstance(value, Mapping):
        return {key: _marked(item, kind) for key, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, kind) for item in value]
    if isinstance(value, str) or (kind is SecretText and isinstance(value, (int, float)) and not isinstance(value, bool)):
        return kind(value)
    return value


def _placed(error: RenderError, name: str, variable: Variable, known: Mapping[str, Any], absent: Mapping[str, str]) -> Problem:
    """The problem with the variable's place in its document, and for a name without a value the reason."""
    problem = error.problems[0]
    missing = getattr(error, "missing", None)
    if missing is not None and missing in absent:
        return Problem(f"variable {name} uses {missing}, which has no value", _where(variable), _sentence(absent[missing]))
    if missing is not None:
        guess = nearest(missing, {*known, *absent} - {name})
        hint = f"Did you mean {guess}?" if guess else "Define it under `variables` of the workspace, app, environment or instance."
        hint = way_out_of_name(missing) or hint
        return Problem(f"variable {name} uses {missing}, which is not defined", _where(variable), hint)
    return Problem(f"variable {name}: {problem.message}", _where(variable), problem.hint)


def _where(variable: Variable) -> str:
    origin = locate(variable.origin)
    return str(origin.position or origin)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
