"""YAML as people read it: a text of several lines stands as a block, one line below the other."""

from __future__ import annotations

from typing import Any

import yaml


class _Blocks(yaml.SafeDumper):
    """Texts of several lines as block scalars, wherever YAML allows one."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Blocks.add_representer(str, _text)


def yaml_text(document: Any) -> str:
    """The document, in the order of its keys, texts never wrapped."""
    written: str = yaml.dump(document, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=float("inf"))
    return written
