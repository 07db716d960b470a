"""Writes random Tera templates: mostly ones that render, some that must fail. Everything comes from one seed."""

from __future__ import annotations

import random
from typing import Any

CONTEXT: dict[str, Any] = {
    "a": 1,
    "b": 2.5,
    "zero": 0,
    "neg": -7,
    "big": 9007199254740993,
    "huge": 18446744073709551615,
    "tiny": 1e-7,
    "far": 1e21,
    "s": "hello World",
    "e": "",
    "name": "web-1",
    "tag": "<b>Bold</b> & \"quoted\" 'it' a/b",
    "text": "first line\n  second\n\nthird\r\nlast ",
    "u": "Ünïcode ß it's",
    "num": " 42 ",
    "flo": "3.75",
    "day": "2024-02-29",
    "moment": "2023-07-01T23:05:09.120+02:00",
    "naive": "2020-12-31T01:02:03",
    "stamp": 1700000000,
    "n": None,
    "t": True,
    "f": False,
    "l": [3, 1, 2],
    "mixed": [1, "x", None, True, 2.5, [1], {"k": 1}],
    "words": ["pear", "Apple", "fig", "apple"],
    "floats": [2.5, 1.0, -0.5],
    "none": [],
    "nest": [[1, 2], [3], []],
    "m": {"k": "v", "z": [1, {"q": "w"}], "d.e": 5, "empty": {}, "n": None},
    "o": [{"n": "x", "v": 1, "d": {"e": 2}}, {"n": "y", "v": 2}, {"n": "x", "v": None}, {"w": 9}],
    "env": {"B": "2", "A": "1", "long key": "3"},
    "i": 1,
    "key": "k",
}
_NUMBERS = ["a", "b", "zero", "neg", "stamp", "l[0]", "l.1", "m.z[0]", "o[0].v", "floats.0", "big", "i", "huge", "tiny", "far"]
_TEXTS = [
    "s",
    "e",
    "name",
    "tag",
    "text",
    "u",
    "num",
    "flo",
    "day",
    "moment",
    "naive",
    "m.k",
    "m['k']",
    'm["k"]',
    "o[0].n",
    "m[key]",
    "words[i]",
]
_LISTS = ["l", "mixed", "words", "floats", "none", "nest", "o", "m.z", "nest[0]"]
_MAPS = ["m", "env", "o[0]", "m.empty", "o.1"]
_ANY = ["n", "t", "f", "t", "f", "n", "undef", "m.zz.x", "l[9]", "m.n", 'm["d.e"]', "nest[i][0]", "mixed[a]", "m.n", "s.x"]
_STRINGS = ["", "x", "hello", "a b", " pad ", "it's", "ö", "World", "\\n", ",", "<i>", "A-B_c", "%Y", "0x1f", "12.5", "/"]
_TEXT_FILTERS = [
    *("upper", "lower", "trim", "trim_start", "trim_end", "capitalize", "title", "wordcount", "linebreaksbr", "striptags", "spaceless"),
    *("urlencode", "urlencode_strict", "escape", "escape_xml", "slugify", "addslashes", "length", "reverse", "int", "float", "as_str"),
    *("json_encode", "safe", "indent", "truncate", "json_encode(pretty=true)"),
]
_NUMBER_FILTERS = ["abs", "round", "int", "float", "as_str", "json_encode", "pluralize", "filesizeformat", "safe", "date"]
_LIST_FILTERS = ["first", "last", "length", "reverse", "sort", "unique", "join", "json_encode", "as_str", "json_encode(pretty=true)"]
_VALUES = ["", ", value=1", ", value=s", ", value=n", ", value=1.0"]
_FORMATS = [
    "%Y-%m-%d",
    "%d/%m/%y %H:%M",
    "%A %e %B",
    "%j %U %u",
    "%s",
    "%T%.3f",
    "%I:%M %p",
    "%F %R",
    "%G-W%V",
    "%C%%",
    "%-d.%-m.",
    "%D %b %a",
]


class Grammar:
    """One template from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._depth = 0
        self._macros: list[tuple[str, list[str]]] = []

    def case(self) -> dict[str, Any]:
        """`templates`, `render` and `context`, as the oracle takes them."""
        templates: dict[str, str] = {}
        if self._chance(0.15):
            templates["part"] = self._body(2)
        if self._chance(0.15):
            templates["lib"] = self._macro("m1") + self._space() + self._macro("m2")
            self._macros = [("lib::m1", ["x", "y"]), ("lib::m2", ["x", "y"])]
        if self._chance(0.1):
            templates["base"] = f"<{{% block one %}}{self._body(1)}{{% endblock one %}}|{{% block two %}}{self._body(1)}{{% endblock %}}>"
        head = '{% import "lib" as lib %}' if "lib" in templates else ""
        own = self._chance(0.1)
        if own:
            self._macros.append(("self::m1", ["x", "y"]))
        if "base" in templates:
            body = f'{{% extends "base" %}}{head}' + self._block("one") + (self._block("two") if self._chance(0.5) else "")
        else:
            body = head + self._body(4)
        if "part" in templates:
            body += self._pick(['{% include "part" %}', '{%- include ["zz", "part"] -%}', '{% include "zz" ignore missing %}'])
        if own and "base" not in templates:
            body = self._macro("m1") + body if not head else body + self._macro("m1")
        templates["main"] = body
        return {"templates": templates, "render": "main", "context": CONTEXT}

    def _pick(self, items: Any) -> Any:
        return self._random.choice(items)

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _space(self) -> str:
        return self._pick(["", " ", "\n", "\n  ", " x ", "text\n"])

    def _dash(self) -> str:
        return "-" if self._chance(0.12) else ""

    def _tag(self, inside: str) -> str:
        return f"{{%{self._dash()} {inside} {self._dash()}%}}"

    def _body(self, size: int) -> str:
        self._depth += 1
        parts = [self._space()]
        for _ in range(self._random.randint(1, max(1, size))):
            parts += [self._statement(), self._space()]
        self._depth -= 1
        return "".join(parts)

    def _block(self, name: str) -> str:
        inner = self._body(2) + (self._pick(["{{ super() }}", "{{- super() -}}"]) if self._chance(0.4) else "")
        return self._tag(f"block {name}") + inner + self._tag(f"endblock {self._pick(['', name])}")

    def _macro(self, name: str) -> str:
        default = self._pick(["1", "'d'", "true", "2.5", "`q`"])
        return self._tag(f"macro {name}(x, y={default})") + f"[{{{{ x }}}}{{{{ y }}}}{self._space()}]" + self._tag(f"endmacro {name}")

    def _statement(self) -> str:
        if self._depth > 3 or self._chance(0.45):
            return f"{{{{{self._dash()} {self._expression()} {self._dash()}}}}}"
        return str(
            self._pick(
                [self._if, self._if, self._for, self._for, self._set, self._filter_section, self._raw, self._comment, self._call_macro]
            )()
        )

    def _if(self) -> str:
        text = self._tag(f"if {self._logic()}") + self._body(2)
        if self._chance(0.3):
            text += self._tag(f"elif {self._logic()}") + self._body(1)
        if self._chance(0.5):
            text += self._tag("else") + self._body(1)
        return text + self._tag("endif")

    def _for(self) -> str:
        name = self._pick(["x", "item", "s", "loop_var"])
        if self._chance(0.3):
            head = f"for k, {name} in {self._pick(_MAPS if self._chance(0.9) else _LISTS)}"
        else:
            source = self._pick(
                [*_LISTS, "range(end=3)", "range(start=1, end=a + 6, step_by=2)", "[1, 'b', a]", "words | sort", "s", "u", "l | reverse"]
            )
            head = f"for {name} in {source}"
        inside = self._body(2) + self._pick(
            ["", "{{ loop.index }}", "{{ loop.index0 }}{{ loop.first }}{{ loop.last }}", f"{{{{ {name} }}}}", f"{{{{ {name} | as_str }}}}"]
        )
        if self._chance(0.2):
            inside += f"{{% if loop.index == 2 %}}{self._tag(self._pick(['break', 'continue']))}{{% endif %}}after"
        if self._chance(0.2):
            inside += "{% set seen = loop.index %}{% set_global total = loop.index + a %}"
        text = self._tag(head) + inside
        if self._chance(0.2):
            text += self._tag("else") + self._body(1)
        return text + self._tag("endfor") + self._pick(["", "", "{{ total | default(value='-') }}{{ seen | default(value='-') }}"])

    def _set(self) -> str:
        name = self._pick(["x", "a", "s", "fresh", "m"])
        value = self._pick([self._logic, self._expression, self._array])()
        return self._tag(f"{self._pick(['set', 'set', 'set_global'])} {name} = {value}") + self._pick(["", f"{{{{ {name} | as_str }}}}"])

    def _filter_section(self) -> str:
        return self._tag(f"filter {self._pick(_TEXT_FILTERS)}") + self._body(1) + self._tag("endfilter")

    def _raw(self) -> str:
        return self._tag("raw") + self._pick([" {{ x }} ", "{% if %}", "\n a \n", ""]) + self._tag("endraw")

    def _comment(self) -> str:
        return self._pick(["{# note #}", "{#- note -#}", "{# {{ x }} #}"])

    def _call_macro(self) -> str:
        if not self._macros:
            return self._set()
        name, _parameters = self._pick(self._macros)
        arguments = f"x={self._logic()}" + (f", y={self._expression()}" if self._chance(0.4) else "")
        return f"{{{{ {name}({arguments}) }}}}"

    def _array(self) -> str:
        items = [self._pick([self._number, self._text, self._logic])() for _ in range(self._random.randint(0, 3))]
        return f"[{', '.join(items)}]" + self._pick(["", "", " | length", " | join(sep='-')", " | first"])

    # expressions

    def _string(self) -> str:
        quote = self._pick(["'", '"', "`"])
        text = str(self._pick(_STRINGS)).replace(quote, "")
        return f"{quote}{text}{quote}"

    def _number(self) -> str:
        self._depth += 1
        try:
            if self._depth > 5 or self._chance(0.5):
                return str(self._pick([*_NUMBERS, "1", "2", "10", "0", "-3", "2.5", "0.1", "100"]))
            if self._chance(0.2):
                return f"({self._number_plain()} {self._pick('+-*/%')} {self._number_plain()})"
            if self._chance(0.2):
                return f"{self._number_plain()} | {self._number_filter()}"
            return f"{self._number()} {self._pick(['+', '-', '*', '/', '%'])} {self._number()}"
        finally:
            self._depth -= 1

    def _number_plain(self) -> str:
        return str(self._pick([*_NUMBERS, "1", "3", "-2", "0.5", "7"]))

    def _number_filter(self) -> str:
        extra = [
            f"round(method='{self._pick(['ceil', 'floor', 'common', 'up'])}')",
            f"round(precision={self._pick([0, 1, 2, 5, -1])})",
            "filesizeformat(binary=true)",
            "pluralize(singular='y', plural='ies')",
            f"default(value={self._pick(['1', 'a', 's'])})",
            f"date(format='{self._pick(_FORMATS)}')",
            f"date(format='%F %T %Z', timezone='{self._pick(['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Nowhere/X'])}')",
        ]
        return str(self._pick([*_NUMBER_FILTERS, *extra]))

    def _text(self) -> str:
        base = self._pick([self._pick(_TEXTS), self._string(), self._pick(_TEXTS)])
        if self._chance(0.2):
            base += f" ~ {self._pick([*_TEXTS, *_NUMBERS, self._string(), 'range(end=1)', '1', '2.0', '-0.5', 'undef'])}"
        return str(base) + "".join(f" | {self._text_filter()}" for _ in range(self._pick([0, 0, 1, 1, 2])))

    def _text_filter(self) -> str:
        extra = [
            f"replace(from={self._string()}, to={self._string()})",
            f"split(pat={self._pick([self._string(), repr(' '), repr('l')])})",
            f"truncate(length={self._pick([0, 1, 3, 5, 100])})",
            f"truncate(length=3, end={self._string()})",
            f"indent(prefix={self._string()}, first={self._pick(['true', 'false'])}, blank={self._pick(['true', 'false', 't'])})",
            f"trim_start_matches(pat={self._string()})",
            f"trim_end_matches(pat={self._string()})",
            f"int(default=5, base={self._pick([2, 8, 10, 16, 36])})",
            "float(default=1.5)",
            f"default(value={self._pick([self._string(), 'a', 'l', 'undef'])})",
            f"date(format='{self._pick(_FORMATS)}')",
            "split(pat=' ') | join(sep='\\n')",
            "round",
            "first",
            "nosuch",
        ]
        return str(self._pick([*_TEXT_FILTERS, *extra]))

    def _list(self) -> str:
        extra = [
            f"join(sep={self._string()})",
            f"slice(start={self._pick([0, 1, -1, -2, 5])})",
            f"slice(start=0, end={self._pick([1, 2, -1, 9, 0])})",
            f"nth(n={self._pick([0, 1, 2, 9])})",
            f"concat(with={self._pick(['l', 'a', self._string(), '[1, 2]', 'n'])})",
            f"map(attribute='{self._pick(['n', 'v', 'd.e', 'zz', '0'])}')",
            f"filter(attribute='{self._pick(['n', 'v', 'd.e', 'w'])}'{self._pick(_VALUES)})",
            f"group_by(attribute='{self._pick(['n', 'v', 'd'])}')",
            f"sort(attribute='{self._pick(['n', 'v', 'w', '0'])}')",
            f"unique(attribute='{self._pick(['n', 'v'])}')",
            "unique(case_sensitive=true)",
            "get(key='k')",
            "default(value=l)",
        ]
        return f"{self._pick(_LISTS)}" + "".join(
            f" | {self._pick([*_LIST_FILTERS, *extra, *extra])}" for _ in range(self._pick([0, 1, 1, 2]))
        )

    def _map(self) -> str:
        extra = ["get(key='k')", "get(key='zz', default=a)", "length", "json_encode", "json_encode(pretty=true)", "get(key='zz')", "as_str"]
        return f"{self._pick(_MAPS)}" + self._pick(["", *(f" | {one}" for one in extra)])

    def _expression(self) -> str:
        if self._chance(0.005):
            return "__tera_context"
        return str(
            self._pick(
                [
                    self._number,
                    self._number,
                    self._text,
                    self._text,
                    self._list,
                    self._list,
                    self._map,
                    self._logic,
                    lambda: self._pick(_ANY),
                ]
            )()
        )

    def _logic(self) -> str:
        self._depth += 1
        try:
            if self._depth < 6 and self._chance(0.3):
                return f"{self._logic()} {self._pick(['and', 'or'])} {self._logic()}"
            if self._depth < 6 and self._chance(0.1):
                return f"({self._logic()})"
            return self._pick(["", "", "", "not "]) + self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> str:
        kind = self._random.randrange(8)
        if kind == 0:
            return f"{self._number()} {self._pick(['<', '<=', '>', '>=', '==', '!='])} {self._number()}"
        if kind == 1:
            return f"{self._text()} {self._pick(['==', '!='])} {self._pick([self._text, self._number, self._list])()}"
        if kind == 2:
            left, right = (
                self._pick([self._number_plain(), self._string(), *_TEXTS]),
                self._pick([*_LISTS, *_TEXTS, *_MAPS, "[1, 'x', a]", self._string()]),
            )
            return f"{left} {self._pick(['in', 'not in'])} {right}"
        if kind == 3:
            return f"{self._pick([*_TEXTS, *_LISTS, *_MAPS, *_NUMBERS, *_ANY])} is {self._pick(['', '', 'not '])}{self._test()}"
        if kind == 4:
            return str(self._pick([*_ANY, *_LISTS, *_MAPS, "true", "False", "0", "1.5", "''", "'x'"]))
        if kind == 5:
            return f"{self._pick(_ANY)} | default(value={self._pick(['true', 'a', 'e', 'l'])})"
        return str(self._pick([self._number, self._text])())

    def _test(self) -> str:
        return str(
            self._pick(
                [
                    *("defined", "undefined", "odd", "even", "string", "number", "iterable", "object", "nosuch"),
                    f"divisibleby({self._pick(['2', '3', '0', 'a', '1.5'])})",
                    f"starting_with({self._string()})",
                    f"ending_with({self._string()})",
                    f"containing({self._pick([self._string(), '1', 'a', 's'])})",
                    f"matching({self._pick([repr('^h.*d$'), repr('[A-Z]'), repr('(?i)WEB-[0-9]+'), repr('a{2,}|b'), repr(r'^[a-z_]+$')])})",
                ]
            )
        )
