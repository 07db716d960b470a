"""Writes random Handlebars templates, only with what handlebars.js itself has. Everything comes from one seed."""

from __future__ import annotations

import random
from typing import Any

CONTEXT: dict[str, Any] = {
    "a": 1,
    "b": 2.5,
    "zero": 0,
    "neg": -7,
    "big": 1e21,
    "tiny": 1e-7,
    "s": "hello World",
    "e": "",
    "tag": "<b>Bold</b> & \"quoted\" 'it' `x` =",
    "text": "first line\n  second\n\nthird",
    "u": "Ünïcode ✓ 😀",
    "n": None,
    "t": True,
    "f": False,
    "l": [3, 1, 2],
    "mixed": [1, "x", None, True, 2.5, [1, 2], {"k": 1}, False, ""],
    "words": ["pear", "Apple", "fig"],
    "none": [],
    "nest": [[1, 2], [3], []],
    "m": {"k": "v", "z": [1, {"q": "w"}], "d.e": 5, "empty": {}, "with space": "sp", "length": 9},
    "o": [{"n": "x", "v": 1, "c": [{"n": "x1"}]}, {"n": "y", "v": 2, "c": []}, {"n": "z"}],
    "env": {"B": "2", "A": "1", "10": "ten", "9": "nine"},
    "key": "k",
    "i": 1,
    "deep": {"x": {"y": {"z": "end"}}},
    "if": "shadow",
    "foo-bar": "dash",
    "partname": "part",
}
_PATHS = [
    "a",
    "b",
    "zero",
    "neg",
    "big",
    "tiny",
    "s",
    "e",
    "tag",
    "text",
    "u",
    "n",
    "t",
    "f",
    "l",
    "mixed",
    "none",
    "nest",
    "m",
    "key",
    "i",
]
_DEEP = [
    "m.k",
    "m.z.[1].q",
    "m.[d.e]",
    "m.[with space]",
    "deep.x.y.z",
    "deep/x/y/z",
    "l.[0]",
    "o.[1].n",
    "m.empty",
    "l.length",
    "m.length",
    "s.length",
]
_MISSING = ["undef", "undef.x.y", "m.zz", "l.[9]", "a.b", "this.zz", "s.x", "n.x"]
_PROTOTYPE = ["constructor", "m.constructor", "__proto__", "m.__proto__.x", "s.trim", "l.map", "toString", "m.hasOwnProperty", "a.toFixed"]
_OBJECTS = ["m", "env", "deep", "o.[0]", "deep.x", "m.empty", "e", "undef", "n"]
_LISTS = ["l", "words", "none", "nest", "o", "mixed", "m.z", "undef", "env", "m", "s", "e", "n", "t"]


class Grammar:
    """One template from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._depth = 0
        self._params: list[str] = []
        self._in_partial = False
        self._count = 0

    def case(self) -> dict[str, Any]:
        """`templates`, `render`, `context` and `options`, as the oracle takes them."""
        self._in_partial = True  # a partial that reaches itself twice takes exponential time
        templates = {
            "part": self._body(2),
            "other": f"[{self._body(1)}]",
            "dir/leaf": "leaf {{a}}\n  second {{this.k}}\n",
            "self": "{{#if zero}}{{> self}}{{/if}}s",
        }
        self._in_partial = False
        body = self._body(4)
        used = {name: text for name, text in templates.items() if name in body or name in str(templates.values()) or "part" in body}
        options = self._pick([{}, {}, {}, {"noEscape": False}, {"strict": True}, {"preventIndent": True}, {"ignoreStandalone": True}])
        return {"templates": {"main": body, **used}, "render": "main", "context": CONTEXT, "options": options}

    def _pick(self, items: Any) -> Any:
        return self._random.choice(items)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _space(self) -> str:
        if self._chance(0.01):
            return str(self._pick(["} {", "\\", "\\\\"]))
        return str(self._pick(["", " ", "\n", "\n  ", " x ", "text\n", "\n\n", "\t", "  \n", "'"]))

    def _open(self) -> str:
        return "{{~" if self._chance(0.12) else "{{"

    def _close(self) -> str:
        return "~}}" if self._chance(0.12) else "}}"

    def _tag(self, inside: str) -> str:
        return f"{self._open()}{inside}{self._close()}"

    def _body(self, size: int) -> str:
        self._depth += 1
        parts = [self._space()]
        for _ in range(self._random.randint(1, max(1, size))):
            parts += [self._statement(), self._space()]
        self._depth -= 1
        return "".join(parts)

    def _statement(self) -> str:
        if self._depth > 3 or self._chance(0.4):
            return self._output()
        makers = [self._if, self._if, self._each, self._each, self._with, self._implicit, self._implicit, self._partial, self._partial]
        return str(self._pick([*makers, self._comment, self._raw, self._inline, self._partial_block, self._lookup])())

    def _output(self) -> str:
        path = self._path()
        kind = self._random.randrange(12)
        if kind == 0:
            return f"{{{{{{{path}}}}}}}"
        if kind == 1:
            return self._tag(f"&{path}")
        if kind == 2:
            return self._tag(f" {path} ")
        if kind == 3:
            return self._tag(self._literal())
        if kind == 4:
            return self._pick(["\\", "\\\\"]) + f"{{{{{path}}}}}"
        return self._tag(path)

    def _path(self) -> str:
        kind = self._random.randrange(14)
        if kind == 0:
            return str(self._pick(_MISSING))
        if kind == 1:
            return str(
                self._pick(["this", ".", "../a", "../this", "../../s", "..", "./a", "this.a", "this/s", "../m.k", "@root.s", "@root"])
            )
        if kind == 2:
            return str(self._pick(["@index", "@key", "@first", "@last", "@../index", "@root.m.k", "@nothing", "@root.l.[1]"]))
        if kind == 3 and self._params:
            name = str(self._pick(self._params))
            return name + self._pick(["", "", ".n", ".[0]"])
        if kind == 4:
            return str(self._pick(["[foo-bar]", "foo-bar", "[if]", "m.[k]", "n", "v", "k", "x", '"s"', "'m'", *_PROTOTYPE]))
        return str(self._pick([*_PATHS, *_DEEP, *_DEEP]))

    def _literal(self) -> str:
        return str(self._pick(['"a"', "'b c'", "1", "-2.5", "true", "false", "null", "undefined", '"12"', "0", '""']))

    def _value(self) -> str:
        if self._chance(0.2):
            return self._literal()
        if self._chance(0.15):
            return f"(lookup {self._path()} {self._pick([self._literal(), self._path()])})"
        return self._path()

    def _else(self) -> str:
        kind = self._random.randrange(7)
        if kind < 3:
            return ""
        if kind == 3:
            return self._tag("^") + self._body(1)
        if kind == 4:
            return self._tag(f"else if {self._value()}") + self._body(1) + (self._tag("else") + self._body(1) if self._chance(0.5) else "")
        if kind == 5:
            return self._tag(f"else each {self._pick(_LISTS)}") + self._body(1)
        return self._tag("else") + self._body(1)

    def _if(self) -> str:
        name = self._pick(["if", "if", "unless"])
        option = " includeZero=true" if self._chance(0.1) else ""
        return self._tag(f"#{name} {self._value()}{option}") + self._body(2) + self._else() + self._tag(f"/{name}")

    def _with_params(self, head: str, names: list[str]) -> str:
        params = ""
        before = len(self._params)
        if self._chance(0.3):
            count = self._random.randint(1, len(names))
            params = f" as |{' '.join(names[:count])}|"
            self._params += names[:count]
        inside = self._body(2)
        del self._params[before:]
        return self._tag(f"#{head}{params}") + inside

    def _each(self) -> str:
        inside = self._with_params(f"each {self._pick([*_LISTS, self._path()])}", ["item", "idx"])
        extra = self._pick(
            [
                "",
                "{{@index}}",
                "{{@key}}={{this}}",
                "{{#if @first}}F{{/if}}{{#unless @last}},{{/unless}}",
                "{{n}}{{v}}",
                "{{../a}}",
                "{{item}}",
            ]
        )
        return inside + extra + self._else() + self._tag("/each")

    def _with(self) -> str:
        return self._with_params(f"with {self._pick([*_OBJECTS, self._path()])}", ["w"]) + self._else() + self._tag("/with")

    def _implicit(self) -> str:
        path = self._pick([*_OBJECTS, *_LISTS, "a", "f", "t", "zero", "deep.x.y", "m.k"])
        sign = self._pick(["#", "#", "^"])
        return (
            self._tag(f"{sign}{path}")
            + self._body(2)
            + (self._tag("else") + self._body(1) if self._chance(0.2) else "")
            + self._tag(f"/{path}")
        )

    def _partial(self) -> str:
        name = self._pick(["part", "other", "dir/leaf", '"part"', "self", "[dir/leaf]", "nowhere", "(lookup . 'partname')"])
        if self._in_partial and name not in ("dir/leaf", "nowhere", "[dir/leaf]"):
            name = "self"
        argument = self._pick(["", "", f" {self._pick(_OBJECTS)}", f" a={self._value()}", f" {self._pick(_OBJECTS)} k={self._value()}"])
        before = self._pick(["", "", "\n  ", "\n\t"])
        return f"{before}{self._tag(f'> {name}{argument}')}{self._pick(['', chr(10)])}"

    def _partial_block(self) -> str:
        box = self._fresh("box")
        name = box if self._in_partial else self._pick(["nowhere", box, "other"])
        inside = self._body(1)
        return f'{{{{#*inline "{box}"}}}}<{{{{> @partial-block}}}}>{{{{/inline}}}}{{{{#> {name}}}}}{inside}{{{{/{name}}}}}'

    def _fresh(self, name: str) -> str:
        """A name of its own for an inline partial: one that reaches itself takes exponential time."""
        self._count += 1
        return f"{name}{self._count}"

    def _inline(self) -> str:
        name = self._fresh("mine")
        return f'{{{{#*inline "{name}"}}}}{self._body(1)}{{{{/inline}}}}{{{{> {name}}}}}'

    def _comment(self) -> str:
        return str(self._pick(["{{! note }}", "{{!-- a }} b --}}", "{{~! note ~}}", "{{!}}", "{{!-- --}}"]))

    def _raw(self) -> str:
        return str(self._pick(["\\{{a}} and {{a}}", "\\\\{{a}}", "{{{{raw}}}} {{a}} {{{{/raw}}}}", "{{'{{'}}", "\\{{a}}\\{{b}}"]))

    def _lookup(self) -> str:
        return self._tag(f"lookup {self._path()} {self._value()}")
