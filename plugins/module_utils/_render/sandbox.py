# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jinja2 environment that templates of a repository run in: sandboxed, metered, strict about what is undefined.

Imported only when a template is rendered: importing Jinja2 costs about 40 ms.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import BaseLoader, ChainableUndefined, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import FilterArgumentError, SecurityError, UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter
from jinja2.utils import Namespace, missing, object_type_repr

from .filters import FILTERS, check_replace
from .limits import Meter

_LOOP = "loop over"
"""Stands for a filter in the syntax tree; no template can write this name."""
_MANY = 1000
"""Loops from this length on look at the clock in every round."""
OPTIONS = {"trimBlocks": "trim_blocks", "lstripBlocks": "lstrip_blocks"}
"""Engine options of an app document -> Jinja2's names."""
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        {"capitalize", "casefold", "center", "count", "endswith", "find", "format", "index", "isalnum", "isalpha", "isascii", "isdecimal"}
        | {"isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition"}
        | {"removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines"}
        | {"startswith", "strip", "swapcase", "title", "upper", "zfill"}
    ),
    dict: frozenset({"copy", "get", "items", "keys", "values"}),
    list: frozenset({"copy", "count", "index"}),
    tuple: frozenset({"count", "index"}),
    int: frozenset(),
    bool: frozenset(),
    float: frozenset({"is_integer"}),
    bytes: frozenset(),
    range: frozenset({"count", "index", "start", "stop", "step"}),
}
"""The methods of plain data that a template may call. All others could change data, give bytes, or take unbounded memory."""
_PRINTABLE = (str, int, float, bool, type(None), StrictUndefined)


class NotDefined(UndefinedError):
    """Something undefined was used. name: what; owner: the map or object it was looked up in, None for a variable."""

    def __init__(self, name: str, owner: Any) -> None:
        super().__init__(name)
        self.name = name
        self.owner = owner


class Undefined(ChainableUndefined, StrictUndefined):
    """`a.b.c | default(...)` works when any part is undefined, as in Ansible; every other use is an error that knows the name."""

    __slots__ = ()

    def _fail_with_undefined_error(self, *_args: Any, **_kwargs: Any) -> Any:
        if self._undefined_exception is not UndefinedError or self._undefined_hint:
            raise self._undefined_exception(self._undefined_message)
        raise NotDefined(str(self._undefined_name), None if self._undefined_obj is missing else self._undefined_obj)

    __iter__ = __str__ = __repr__ = __len__ = _fail_with_undefined_error
    __eq__ = __ne__ = __bool__ = __hash__ = _fail_with_undefined_error
    __contains__ = __add__ = __radd__ = __sub__ = __rsub__ = _fail_with_undefined_error
    __mul__ = __rmul__ = __div__ = __rdiv__ = __truediv__ = __rtruediv__ = _fail_with_undefined_error
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pos__ = __neg__ = _fail_with_undefined_error
    __call__ = __lt__ = __le__ = __gt__ = __ge__ = __int__ = __float__ = __complex__ = __pow__ = __rpow__ = _fail_with_undefined_error


class _BoundedCode(CodeGenerator):
    """Compiles loops, `~` and slices into calls of `Sandbox`: Jinja2's own sandbox does not intercept them."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        node.iter = nodes.Filter(node.iter, _LOOP, [], [], None, None, lineno=node.iter.lineno, environment=node.environment)
        super().visit_For(node, frame)

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:  # noqa: N802
        if node.name != _LOOP or node.node is None:
            super().visit_Filter(node, frame)
            return
        self.write("environment.loop_over(")
        self.visit(node.node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.join_texts((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        if not isinstance(node.arg, nodes.Slice):
            super().visit_Getitem(node, frame)
            return
        self.write("environment.meter.made(")
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("])")


class _Formatter(SandboxedFormatter):
    def __init__(self, environment: Sandbox) -> None:
        super().__init__(environment)
        self._meter = environment.meter

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        value, first = super().get_field(field_name, args, kwargs)
        self._meter.measure(value)
        return value, first

    def format_field(self, value: Any, format_spec: str) -> Any:
        self._meter.spec(format_spec)
        return self._meter.made(super().format_field(value, format_spec))


class Sandbox(ImmutableSandboxedEnvironment):
    """One environment for one render of one app. meter: its bounds."""

    code_generator_class = _BoundedCode
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, loader: BaseLoader | None, meter: Meter, options: Mapping[str, bool] | None = None) -> None:
        super().__init__(
            loader=loader,
            undefined=Undefined,
            finalize=_printable,
            keep_trailing_newline=True,
            autoescape=False,
            auto_reload=False,
            cache_size=4096,
            extensions=["jinja2.ext.loopcontrols"],
            **(options or {}),
        )
        self.meter = meter
        self.filters = FILTERS
        self.globals.pop("lipsum", None)
        self.concat = self._concat  # type: ignore[method-assign]

    def _concat(self, parts: Iterable[str]) -> str:
        """Joins what a macro, a block or an import gave."""
        pieces = []
        for part in parts:
            self.meter.produce(len(part))
            self.meter.tick()
            pieces.append(part)
        return "".join(pieces)

    def join_texts(self, parts: tuple[Any, ...]) -> str:
        """`a ~ b`: counted before it is made."""
        self.meter.produce(sum([self.meter.measure(part) for part in parts]))
        return "".join([str(part) for part in parts])

    def loop_over(self, iterable: Any) -> Any:
        """What a `for` runs over, its rounds counted."""
        if isinstance(iterable, StrictUndefined):
            return iter(iterable)
        try:
            items = iterable if hasattr(iterable, "__len__") else list(iterable)
        except TypeError:
            raise FilterArgumentError(f"a {type(iterable).__name__} cannot be looped over") from None
        self.meter.step(len(items) + 1)
        return items if len(items) < _MANY else self._watched(items)

    def _watched(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.meter.tick()
            yield item

    def _load_template(self, name: str, globals: Any) -> Any:
        self.meter.step()
        return super()._load_template(name, globals)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Plain data: the listed methods. Jinja2's own helpers (loop, macros, namespaces): what Jinja2's sandbox allows."""
        allowed = _METHODS.get(type(obj))
        return attr in allowed if allowed is not None else super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`map.key`, also where the key is the name of a method that is not allowed anyway (`pop`, `update`, ...)."""
        if type(obj) is dict and attribute in obj and attribute not in _METHODS[dict]:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`"...".format(...)` with bounded widths."""
        if not isinstance(value, types.BuiltinMethodType) or value.__name__ != "format" or not isinstance(value.__self__, str):
            return None
        text = value.__self__
        return lambda *args, **kwargs: _Formatter(self).vformat(text, args, kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Binary operators that could take unbounded memory."""
        self.meter.operate(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  # pylint: disable=no-self-argument
        """Every call a template makes: counted, methods of strings checked first."""
        meter = __self.meter
        meter.step()
        if type(__obj) is str and __obj is __context.resolve_or_missing("namespace"):
            # `namespace` is a variable here (the Kubernetes namespace); calling it means Jinja2's namespace object.
            return Namespace(*args, **kwargs)
        if isinstance(__obj, types.BuiltinMethodType) and isinstance(__obj.__self__, str):
            args = _check_method(meter, __obj.__self__, __obj.__name__, args)
        return meter.made(super().call(__context, __obj, *args, **kwargs))


def _check_method(meter: Meter, text: str, name: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    if name in ("center", "ljust", "rjust", "zfill") and args:
        meter.width(args[0])
    elif name == "replace" and len(args) > 1:
        check_replace(meter, text, str(args[0]), str(args[1]))
    elif name == "join" and args:
        parts = list(args[0])
        meter.produce(sum(meter.measure(part) + len(text) for part in parts))
        return (parts,)
    return args


def _printable(value: Any) -> Any:
    """What `{{ ... }}` may put into the output: data, not methods or helpers whose text is a memory address."""
    if isinstance(value, _PRINTABLE):
        return value
    if isinstance(value, (list, tuple, dict)):
        Meter().measure(value)
        return value
    if type(value).__name__ == "TemplateModule":
        return value
    name = getattr(value, "__name__", None)
    if name and callable(value):
        raise SecurityError(f"{name} is a method here, not data: call it, or write ['{name}'] for the key of that name")
    raise SecurityError(f"a {object_type_repr(value).removesuffix(' object')} cannot be written out: add `| list` or `| to_json`")
