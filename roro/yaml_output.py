"""YAML as people read it: a text of several lines stands as a block, one line below the other."""

from __future__ import annotations

import re
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._model.parse import CORE_SCALARS

_BLOCK = re.compile(r"[\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]+")
"""What a block can hold: no breaks but line feeds."""


class _Blocks(yaml.SafeDumper):
    """Texts of several lines as block scalars, wherever YAML allows one."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out."""
        return True

    def analyze_scalar(self, scalar: str) -> Any:
        """PyYAML puts a text with a tab, or with a blank at the end of a line, in quotes; YAML allows both in a block."""
        found = super().analyze_scalar(scalar)
        last = scalar.rstrip("\n").rpartition("\n")[2]
        found.allow_block = found.allow_block or bool(last.strip() and _BLOCK.fullmatch(scalar))
        return found


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    breaks = any(sign in text for sign in "\x85\u2028\u2029")  # PyYAML would write them in a way that reads as another text
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if breaks else "|" if "\n" in text else None)


_Blocks.add_representer(str, _text)
for _tag, _pattern, _first in CORE_SCALARS:  # a text such as 1e3 is a number for kubectl, which PyYAML does not know
    _Blocks.add_implicit_resolver(_tag, _pattern, _first)
_Blocks.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))  # and y a boolean


def yaml_text(document: Any) -> str:
    """The document, in the order of its keys, texts never wrapped."""
    written: str = yaml.dump(document, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=float("inf"))
    return written
