# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags and bodies of a template, then whitespace control: from text to the nodes that are rendered."""

from __future__ import annotations

import re
from collections.abc import Callable

from .expressions import IDENT, STRING, Expressions, NotTera, Read
from .nodes import (
    Assign,
    Block,
    Branch,
    Comment,
    Expr,
    Extends,
    FilterSection,
    For,
    If,
    Import,
    Include,
    Jump,
    Literal,
    Macro,
    Node,
    Output,
    Raw,
    Super,
    Text,
    Trim,
)
from .whitespace import trimmed

_W = r"[ \t\r\n]"
_TAG = re.compile(rf"{{%(-?){_W}*([a-zA-Z_]*)")
_TAG_END = re.compile(rf"{_W}*(-?)%}}")
_SPACES = re.compile(rf"{_W}+")
_OPENING = re.compile(r"\{[{%#]")
_SUPER = re.compile(rf"{{{{-?{_W}*super\(\){_W}*-?}}}}")
_ENDRAW = re.compile(rf"{{%(-?){_W}*endraw{_W}*(-?)%}}")
_FOR = re.compile(rf"({IDENT.pattern})(?:,{_W}*({IDENT.pattern}))?{_W}+in{_W}+")
_ASSIGN = re.compile(rf"({IDENT.pattern}){_W}*={_W}*")
_IGNORE_MISSING = re.compile(rf"{_W}*(ignore{_W}*missing)?")
_PARAMETER = re.compile(rf"({IDENT.pattern})(=)?")

# What may stand where. `block` and `super` are bodies' own; everything else is common to all bodies.
_BLOCKS_IN = frozenset({"content", "block", "filter"})
_JUMPS_IN = frozenset({"for"})


def parse(text: str) -> tuple[Node, ...]:
    """The nodes of a template, whitespace control done. Raises NotTera."""
    try:
        return trimmed(_Statements(text).template())
    except RecursionError:
        raise NotTera("the template is nested too deeply", 0) from None


class _Statements(Expressions):
    """Reads statements; methods are as those of `Expressions`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._tags: dict[str, Callable[[int, Trim, int, str], Read[Node]]] = {
            "include": self._include,
            "set": self._assign,
            "set_global": self._assign,
            "if": self._if,
            "for": self._for,
            "filter": self._filter_section,
            "raw": self._raw,
        }
        self.open: list[tuple[str, int]] = []

    def template(self) -> tuple[Node, ...]:
        """The whole text."""
        at = 0
        while (comment := self._comment(at)) is not None:  # comments before everything do not touch the whitespace after them
            at = comment[1]
        nodes, at = self._imports(at)
        while at < len(self.text):
            read = self._node(at, "content") or self._macro(at)
            if read is None:
                raise self._problem(at)
            nodes.append(read[0])
            at = read[1]
        return tuple(nodes)

    def _problem(self, at: int) -> NotTera:
        """What to say about text that could not be read; at: where its outermost tag begins."""
        where = max(self.furthest, at)
        expected = " or ".join(list(self.expected)[:4]) if self.furthest >= at else ""
        rest = self.text[where:].split("\n", 1)[0][:30].strip()
        found = f"{rest!r}" if rest else "the end of the line" if where < len(self.text) else "the end of the template"
        if where >= len(self.text) and self.open:
            name, start = self.open[-1]
            return NotTera(f"{{% {name} %}} is not closed by {{% end{name} %}}", start)
        return NotTera(f"{found} is not understood here{f', expected is {expected}' if expected else ''}", where)

    def _imports(self, at: int) -> tuple[list[Node], int]:
        """`extends` and then imports, or imports and then perhaps `extends`; whitespace around them vanishes."""
        nodes: list[Node] = []
        extended = False
        while (read := self._top(self.skip(at))) is not None:
            node, end = read
            if isinstance(node, Extends):
                if extended:
                    break
                extended = True
                nodes.append(node)
                at = self.skip(end)
                if len(nodes) > 1:
                    break
                continue
            nodes.append(node)
            at = self.skip(end)
        return nodes, at

    def _top(self, at: int) -> Read[Import | Extends]:
        tag = _TAG.match(self.text, at)
        if tag is None or tag[2] not in ("import", "extends"):
            return None
        spaces = self.match(_SPACES, tag.end(), "a space")
        name = self.match(STRING, spaces.end(), "the name of a template in quotes") if spaces else None
        if name is None:
            return None
        if tag[2] == "extends":
            end = self._tag_end(name.end())
            return (Extends(Trim(bool(tag[1]), end[0]), name[0][1:-1], at), end[1]) if end else None
        alias = self.match(re.compile(rf"{_W}+as{_W}+({IDENT.pattern})"), name.end(), "`as` and a name")
        end = self._tag_end(alias.end()) if alias else None
        return (Import(Trim(bool(tag[1]), end[0]), name[0][1:-1], alias[1], at), end[1]) if alias and end else None

    def _tag_end(self, at: int) -> tuple[bool, int] | None:
        found = self.match(_TAG_END, at, "`%}`")
        return (bool(found[1]), found.end()) if found else None

    def _word(self, at: int, *words: str) -> tuple[str, Trim, int] | None:
        """A tag without content: `{% else %}`, `{% endblock name %}`."""
        tag = _TAG.match(self.text, at)
        if tag is not None:
            for word in words:
                named = word in ("endblock", "endmacro")
                if tag[2] == word or (named and tag[2].startswith(word)):
                    after = tag.start(2) + len(word)
                    name = IDENT.match(self.text, self.skip(after)) if named else None
                    end = self._tag_end(name.end() if name else after)
                    return (word, Trim(bool(tag[1]), end[0]), end[1]) if end else None
        self.stuck(at, " or ".join(f"`{{% {word} %}}`" for word in words))
        return None

    # bodies

    def _body(self, at: int, kind: str) -> tuple[tuple[Node, ...], int]:
        nodes: list[Node] = []
        while (read := self._node(at, kind)) is not None:
            nodes.append(read[0])
            at = read[1]
        return tuple(nodes), at

    def _node(self, at: int, kind: str) -> Read[Node]:
        opening = self.text[at : at + 2]
        if opening not in ("{{", "{%", "{#"):
            if at >= len(self.text):
                return None
            following = _OPENING.search(self.text, at)
            end = following.start() if following else len(self.text)
            return Text(self.text[at:end], at), end
        if opening == "{#":
            return self._comment(at)
        if opening == "{{":
            return self._output(at, kind)
        tag = _TAG.match(self.text, at)
        name = tag[2] if tag else ""
        start = Trim(left=tag is not None and bool(tag[1]))
        if tag and name in self._tags:
            return self._tags[name](tag.end(), start, at, kind)
        if tag and name == "block" and kind in _BLOCKS_IN:
            return self._block(tag.end(), start, at)
        if name in ("break", "continue") and kind in _JUMPS_IN:
            jump = self._word(at, name)
            return (Jump(jump[1], name, at), jump[2]) if jump else None
        self.stuck(tag.start(2) if tag else at, f"a tag that may stand {'here' if kind == 'content' else f'in a {kind}'}")
        return None

    def _comment(self, at: int) -> Read[Comment]:
        if not self.text.startswith("{#", at):
            return None
        start = at + (3 if self.text.startswith("{#-", at) else 2)
        close = self.text.find("#}", start)
        if close < 0:
            self.stuck(len(self.text), "`#}`")
            self.open.append(("comment", at))
            return None
        dash = close - 1 >= start and self.text[close - 1] == "-"
        if close - dash <= start:
            self.stuck(at, "a comment with text in it")
            return None
        return Comment(Trim(start == at + 3, dash)), close + 2

    def _output(self, at: int, kind: str) -> Read[Output | Super]:
        call = _SUPER.match(self.text, at) if kind == "block" else None
        if call is not None:
            return Super(at), call.end()
        dash = self.text.startswith("{{-", at)
        start = self.skip(at + 2 + dash)
        read = self.logic_expr(start) or self.array_filter(start)
        if read is None:
            return None
        end = self.skip(read[1])
        right = self.text.startswith("-}}", end)
        if not right and not self.text.startswith("}}", end):
            self.stuck(end, "`}}`")
            return None
        return Output(Trim(dash, right), read[0], at), end + 2 + right

    # tags: at is after the tag's name, start has its left end, whole is where the tag begins

    def _include(self, at: int, start: Trim, whole: int, _kind: str) -> Read[Node]:
        spaces = self.match(_SPACES, at, "a space")
        if spaces is None:
            return None
        single = STRING.match(self.text, spaces.end())
        several = None if single else self._string_array(spaces.end())
        if single is None and several is None:
            self.stuck(spaces.end(), "the name of a template in quotes")
            return None
        names, end = several or ((single[0][1:-1],), single.end() if single else 0)  # type: ignore[index]
        option = _IGNORE_MISSING.match(self.text, end)
        close = self._tag_end(option.end() if option else end)
        if close is None:
            return None
        return Include(Trim(start.left, close[0]), names, bool(option and option[1]), whole), close[1]

    def _string_array(self, at: int) -> Read[tuple[str, ...]]:
        if not self.text.startswith("[", at):
            return None
        names: list[str] = []
        at = self.skip(at + 1)
        while (name := STRING.match(self.text, at)) is not None:
            names.append(name[0][1:-1])
            comma = self.literal(",", name.end())
            at = self.skip(comma) if comma else name.end()
            if comma is None:
                break
        end = self.literal("]", at)
        return (tuple(names), end) if end else None

    def _value(self, at: int) -> Read[Expr]:
        return self.logic_expr(at) or self.array_filter(at)

    def _assign(self, at: int, start: Trim, whole: int, _kind: str) -> Read[Node]:
        everywhere = self.text.endswith("set_global", 0, at)
        spaces = self.match(_SPACES, at, "a space")
        name = self.match(_ASSIGN, spaces.end(), "`name =`") if spaces else None
        value = self._value(name.end()) if name else None
        close = self._tag_end(value[1]) if value else None
        if name is None or value is None or close is None:
            return None
        return Assign(Trim(start.left, close[0]), name[1], value[0], everywhere, whole), close[1]

    def _raw(self, at: int, start: Trim, whole: int, _kind: str) -> Read[Node]:
        close = self._tag_end(at)
        end = _ENDRAW.search(self.text, close[1]) if close else None
        if close is None or end is None:
            self.stuck(len(self.text), "`{% endraw %}`")
            self.open.append(("raw", whole))
            return None
        text = self.text[close[1] : end.start()]
        return Raw(Trim(start.left, close[0]), text, Trim(bool(end[1]), bool(end[2])), close[1]), end.end()

    def _filter_section(self, at: int, start: Trim, whole: int, _kind: str) -> Read[Node]:
        spaces = self.match(_SPACES, at, "a space")
        call = self.call_or_name(spaces.end()) if spaces else None
        close = self._tag_end(call[1]) if call else None
        if call is None or close is None:
            return None
        body, end, tail = self._enclosed(close[1], "filter", whole)
        return (FilterSection(Trim(start.left, close[0]), call[0], body, tail, whole), end) if tail else None

    def _block(self, at: int, start: Trim, whole: int) -> Read[Node]:
        spaces = self.match(_SPACES, at, "a space")
        name = self.match(IDENT, spaces.end(), "a name") if spaces else None
        close = self._tag_end(name.end()) if name else None
        if name is None or close is None:
            return None
        body, end, tail = self._enclosed(close[1], "block", whole)
        return (Block(Trim(start.left, close[0]), name[0], body, tail, whole), end) if tail else None

    def _enclosed(self, at: int, kind: str, whole: int) -> tuple[tuple[Node, ...], int, Trim | None]:
        """The body and its end tag; the Trim is None where there is none."""
        self.open.append((kind, whole))
        body, at = self._body(at, kind)
        end = self._word(at, f"end{kind}")
        if end is None:
            return body, at, None
        self.open.pop()
        return body, end[2], end[1]

    def _if(self, at: int, start: Trim, whole: int, kind: str) -> Read[Node]:
        branches: list[Branch] = []
        self.open.append(("if", whole))
        trim, in_else = start, False
        while True:
            condition: Read[Expr] = None
            if not in_else:
                spaces = self.match(_SPACES, at, "a space")
                condition = self.logic_expr(spaces.end()) if spaces else None
                close = self._tag_end(condition[1]) if condition else None
                if condition is None or close is None:
                    return None
                trim, at = Trim(trim.left, close[0]), close[1]
            body, at = self._body(at, kind)
            branches.append(Branch(trim, condition[0] if condition else None, body))
            tag = _TAG.match(self.text, at)
            if tag is not None and tag[2] == "elif" and not in_else:
                trim, at = Trim(left=bool(tag[1])), tag.end()
                continue
            end = self._word(at, "endif") if in_else else self._word(at, "else", "endif")
            if end is None:
                return None
            trim, at = end[1], end[2]
            if end[0] == "endif":
                self.open.pop()
                return If(tuple(branches), trim, whole), at
            in_else = True

    def _for(self, at: int, start: Trim, whole: int, _kind: str) -> Read[Node]:
        spaces = self.match(_SPACES, at, "a space")
        names = self.match(_FOR, spaces.end(), "`name in` or `key, value in`") if spaces else None
        container = (self.basic_expr_filter(names.end()) or self.array_filter(names.end())) if names else None
        close = self._tag_end(container[1]) if container else None
        if names is None or container is None or close is None:
            return None
        self.open.append(("for", whole))
        body, at = self._body(close[1], "for")
        otherwise: tuple[Node, ...] | None = None
        while (end := self._word(at, "else", "endfor")) is not None:
            at = end[2]
            if end[0] == "endfor":
                self.open.pop()
                key, value = (names[1], names[2]) if names[2] else (None, names[1])
                return For(Trim(start.left, close[0]), key, value, container[0], body, otherwise, end[1], whole), at
            otherwise, at = self._body(at, "for")
        return None

    def _macro(self, whole: int) -> Read[Node]:
        tag = _TAG.match(self.text, whole)
        if tag is None or tag[2] != "macro":
            return None
        spaces = self.match(_SPACES, tag.end(), "a space")
        name = self.match(IDENT, spaces.end(), "a name") if spaces else None
        opened = name and self.literal("(", name.end())
        parameters = self._parameters(opened) if opened else None
        close = self._tag_end(parameters[1]) if parameters else None
        if name is None or parameters is None or close is None:
            return None
        body, end, tail = self._enclosed(close[1], "macro", whole)
        return (Macro(Trim(bool(tag[1]), close[0]), name[0], parameters[0], body, tail, whole), end) if tail else None

    def _parameters(self, at: int) -> Read[tuple[tuple[str, Expr | None], ...]]:
        found: dict[str, Expr | None] = {}
        at = self.skip(at)
        while (name := _PARAMETER.match(self.text, at)) is not None:
            default = self._default(name.end()) if name[2] else None
            found[name[1]] = default[0] if default else None
            end = default[1] if default else name.end(1)
            comma = self.literal(",", end)
            if comma is None:
                at = end
                break
            at = self.skip(comma)
            if _PARAMETER.match(self.text, at) is None:
                self.stuck(at, "a parameter")
                return None
        closed = self.literal(")", at)
        return (tuple(found.items()), closed) if closed else None

    def _default(self, at: int) -> Read[Expr]:
        """A literal: all that a parameter's default may be."""
        boolean = re.compile(r"true|false|True|False").match(self.text, at)
        if boolean is not None:
            return Expr(Literal(boolean[0] in ("true", "True"))), boolean.end()
        read = self._string(at) or self._number(at)
        if read is None:
            self.stuck(at, "a text, number or boolean")
            return None
        return Expr(read[0]), read[1]
