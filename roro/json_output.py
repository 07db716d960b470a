"""The JSON that commands print: one spelling of keys, camelCase as in the documents and in Kubernetes."""

from __future__ import annotations

import json
import re
from typing import Any

_SNAKE = re.compile(r"_([a-z0-9])")
AS_WRITTEN = {"variables", "manifests", "values", "options", "headers", "systemEnvironment"}
"""Keys below which names are somebody else's: they stay as they are."""


def camel_keys(document: Any) -> Any:
    """The same with every key of ours in camelCase, at any depth."""
    if isinstance(document, dict):
        return {_camel(str(key)): value if key in AS_WRITTEN else camel_keys(value) for key, value in document.items()}
    return [camel_keys(item) for item in document] if isinstance(document, (list, tuple)) else document


def json_text(document: Any, *, line: bool = False) -> str:
    """The document as it is printed. line: on one line."""
    return json.dumps(camel_keys(document), indent=None if line else 2)


def _camel(key: str) -> str:
    return _SNAKE.sub(lambda found: found[1].upper(), key)
