# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions as people write them, to items that can be compared with what AWX has. Pure.

Fields have the names of AWX's API; objects are named, never numbered. Where a name alone is not enough, a reference is
`{organization: Ops, name: deploy key}`; what can be launched is `{job_templates: roro up}`, with the kind's name as key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._errors import Problem, UsageError
from .kinds import KINDS, LAUNCHED, WRITABLE, Kind
from .mark import marked
from .surveys import survey

_OURS = ("survey", "survey_spec", "workflow_nodes", "approval", "secrets")


@dataclass(frozen=True)
class Ref:
    """One object by its names: the kind, its name, and what it is in (an organization, inventory, template), or None."""

    kind: str
    name: str
    scope: Ref | None = None

    def __str__(self) -> str:
        words = KINDS[self.kind].type.replace("_", " ") if self.kind in KINDS else self.kind
        inside = f" of {self.scope}" if self.scope is not None and self.scope.kind != "organizations" else ""
        return f"{words} `{self.name}`{inside}"


@dataclass(frozen=True)
class Item:
    """One object as it should be.

    fields: plain values by field. references: other objects by field. links: what hangs on it by the name of the set, in order.
    survey: a survey specification, {} for none, or None where it is left alone. approval: name, description and timeout of an approval that
    a workflow waits for at this node. secrets: hidden parts of the field that has such, and `secrets_word` which ones they are.
    """

    ref: Ref
    fields: dict[str, Any]
    references: dict[str, Ref] = field(default_factory=dict)
    links: dict[str, tuple[Ref, ...]] = field(default_factory=dict)
    survey: dict[str, Any] | None = None
    approval: dict[str, Any] | None = None
    secrets: dict[str, Any] = field(default_factory=dict)
    secrets_word: str = ""

    @property
    def kind(self) -> Kind:
        """The row of its kind."""
        return KINDS[self.ref.kind]


def read_definitions(
    definitions: Mapping[str, Any],
    *,
    organization: str = "",
    mark: str = "roro.kube",
    secrets: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Item, ...]:
    """The items of definitions, in the order in which they can be created.

    organization: of everything that names none. secrets: hidden inputs by the name of the credential or notification template.
    Raises UsageError with every problem: unknown kinds, what has no name, names given twice, references that cannot be read.
    """
    reader = _Reader(organization, mark, secrets or {})
    return reader.items(definitions)


class _Reader:
    def __init__(self, organization: str, mark: str, secrets: Mapping[str, Mapping[str, Any]]) -> None:
        self._organization = organization
        self._mark = mark
        self._secrets = secrets
        self._problems: list[Problem] = []

    def items(self, definitions: Mapping[str, Any]) -> tuple[Item, ...]:
        for name in definitions:
            if name not in WRITABLE or name == "workflow_nodes":
                known = ", ".join(kind for kind in WRITABLE if kind != "workflow_nodes")
                self._problem(f"there is no kind of definition `{name}`", "definitions", f"There are {known}.")
        found = [item for name in WRITABLE for item in self._of_kind(KINDS[name], definitions.get(name) or [])]
        self._twice(found)
        if self._problems:
            raise UsageError.of(self._problems)
        order = list(KINDS)
        return tuple(sorted(found, key=lambda item: order.index(item.ref.kind)))

    def _of_kind(self, kind: Kind, given: Any) -> Iterator[Item]:
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            self._problem("a list of objects is needed", f"definitions.{kind.name}")
            return
        for index, one in enumerate(given):
            where = f"definitions.{kind.name}[{index}]"
            if not isinstance(one.get("name"), str) or not one["name"]:
                self._problem("it has no name", where)
                continue
            item = self._item(kind, one, where)
            yield item
            for number, node in enumerate(one.get("workflow_nodes") or []):
                yield from self._node(node, item.ref, f"{where}.workflow_nodes[{number}]")

    def _item(self, kind: Kind, given: Mapping[str, Any], where: str) -> Item:
        values = {name: value for name, value in given.items() if value is not None and name not in _OURS}
        scope = self._scope(kind, values, where)
        if kind.scope == "organization" and "organization" not in kind.references:
            values.pop("organization", None)
        elif kind.scope == "organization" and scope is not None:
            values["organization"] = scope.name
        references = {
            name: self._reference(target, values.pop(name), f"{where}.{name}") for name, target in kind.references.items() if name in values
        }
        links = {name: self._links(target, values.pop(name), f"{where}.{name}") for name, target in kind.links.items() if name in values}
        word = str(given.get("secrets") or "")
        if kind.described:
            values["description"] = marked(str(values.get("description") or ""), self._mark, word if kind.secrets else "")
        return Item(
            ref=Ref(kind.name, str(given[kind.name_field]), scope),
            fields=values,
            references={name: ref for name, ref in references.items() if ref is not None},
            links=links,
            survey=self._survey(given, where) if kind.survey else None,
            approval=dict(given["approval"]) if given.get("approval") else None,
            secrets=dict(self._secrets.get(str(given[kind.name_field]), {})) if kind.secrets else {},
            secrets_word=word,
        )

    def _node(self, given: Any, workflow: Ref, where: str) -> Iterator[Item]:
        if not isinstance(given, Mapping) or not isinstance(given.get("identifier"), str) or not given["identifier"]:
            self._problem("a node has an identifier", where)
            return
        if bool(given.get("approval")) == bool(given.get("unified_job_template")):
            self._problem("a node has either unified_job_template or approval", where)
            return
        kind = KINDS["workflow_nodes"]
        plain = {name: value for name, value in given.items() if name not in kind.links}
        item = self._item(kind, {**plain, "workflow_job_template": workflow}, where)
        links = {}
        for name, target in kind.links.items():
            if name in given or target == "workflow_nodes":
                names = given.get(name) or []
                links[name] = (
                    tuple(Ref(target, one, workflow) for one in names) if target == "workflow_nodes" else self._links(target, names, where)
                )
        yield Item(ref=item.ref, fields=item.fields, references=item.references, links=links, approval=item.approval)

    def _scope(self, kind: Kind, values: Mapping[str, Any], where: str) -> Ref | None:
        if not kind.scope:
            return None
        target = kind.references.get(kind.scope, "organizations")
        given = values.get(kind.scope) or (self._organization if kind.scope == "organization" else None)
        if given is None or given == "":
            if kind.scope != "organization":
                self._problem(f"it does not say which {kind.scope.replace('_', ' ')} it belongs to", where)
            return None
        return self._reference(target, given, f"{where}.{kind.scope}")

    def _links(self, target: str, given: Any, where: str) -> tuple[Ref, ...]:
        if not isinstance(given, list):
            self._problem("a list of names is needed", where)
            return ()
        return tuple(ref for one in given if (ref := self._reference(target, one, where)) is not None)

    def _reference(self, target: str, given: Any, where: str) -> Ref | None:
        if isinstance(given, Ref):
            return given
        if target == "*":
            return self._launched(given, where)
        if isinstance(given, str) and given:
            return Ref(target, given, self._of_organization(KINDS[target], self._organization))
        if isinstance(given, Mapping) and isinstance(given.get("name"), str) and set(given) <= {"name", "organization"}:
            return Ref(target, given["name"], self._of_organization(KINDS[target], str(given.get("organization") or "")))
        self._problem("a name is needed, or a name and an organization", where)
        return None

    def _launched(self, given: Any, where: str) -> Ref | None:
        if isinstance(given, Mapping) and len(given) == 1:
            kind, name = next(iter(given.items()))
            if kind == "inventory_sources" and isinstance(name, Mapping) and {"inventory", "name"} == set(name):
                return Ref(kind, str(name["name"]), self._reference("inventories", name["inventory"], where))
            if kind in LAUNCHED.values() and kind != "inventory_sources":
                return self._reference(kind, name, where)
        hint = "Such as {job_templates: roro up}, {projects: roro} or {inventory_sources: {inventory: roro, name: documents}}."
        self._problem("what is launched is one kind and its name", where, hint)
        return None

    def _of_organization(self, kind: Kind, organization: str) -> Ref | None:
        return Ref("organizations", organization) if kind.scope == "organization" and organization else None

    def _survey(self, given: Mapping[str, Any], where: str) -> dict[str, Any] | None:
        if given.get("survey_spec") is not None:
            return dict(given["survey_spec"])
        asked = given.get("survey")
        if asked is None:
            return None
        if not isinstance(asked, Mapping) or not isinstance(asked.get("options"), Mapping):
            self._problem("a survey is made of options, those of an entry of argument_specs", f"{where}.survey")
            return None
        made = survey(asked["options"], without=asked.get("without") or (), only=asked.get("only") or ())
        own = [dict(question) for question in asked.get("questions") or []]
        replaced = {question.get("variable") for question in own}
        spec = [question for question in made.get("spec", []) if question["variable"] not in replaced] + own
        return {"name": "", "description": "", "spec": spec} if spec else {}

    def _twice(self, items: list[Item]) -> None:
        seen: set[Ref] = set()
        for item in items:
            if item.ref in seen:
                self._problem(f"{item.ref} is defined twice", f"definitions.{item.ref.kind}")
            seen.add(item.ref)

    def _problem(self, message: str, where: str, hint: str | None = None) -> None:
        self._problems.append(Problem(message, where, hint))
