# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the `-` of a tag does: the whitespace of the text beside it vanishes, by the rules of the Rust crate.

Two oddities are kept: `{{- super() -}}` does nothing, and the `else` part of a `for` is left as it is.
"""

from __future__ import annotations

from .nodes import (
    Assign,
    Block,
    Branch,
    Comment,
    Extends,
    FilterSection,
    For,
    If,
    Import,
    Include,
    Jump,
    Macro,
    Node,
    Output,
    Raw,
    Text,
    Trim,
)
from .text import trim, trim_end, trim_start


def trimmed(nodes: tuple[Node, ...], body: Trim | None = None) -> tuple[Node, ...]:
    """The nodes of one body with the whitespace control done; body: the inner ends of the tags around it."""
    result: list[Node] = []
    after_text = False
    cut_next = body.left if body else False
    for node in nodes:
        if isinstance(node, Text):
            after_text = True
            kept = _without_start(node) if cut_next else node
            cut_next = False
            if kept is not None:
                result.append(kept)
            continue
        left, right = _outer(node)
        if left and after_text:
            _cut_end(result)
        cut_next = cut_next if right is None else right
        after_text = False
        result.append(_inner(node))
    if body and body.right:
        _cut_end(result)
    return tuple(result)


def _outer(node: Node) -> tuple[bool, bool | None]:
    """Whether a node cuts the text before it, and the text after it (None: it leaves that as it was)."""
    match node:
        case Output() | Import() | Extends() | Include() | Assign() | Jump() | Comment():
            return node.trim.left, node.trim.right
        case Raw() | For() | Macro() | FilterSection() | Block():
            return node.start.left, node.end.right
        case If():
            return node.branches[0].trim.left, node.end.right
        case _:
            return False, None


def _inner(node: Node) -> Node:
    """The node with its own bodies done."""
    match node:
        case Raw(start, text, end, at):
            kept = trim(text) if start.right and end.left else trim_start(text) if start.right else trim_end(text) if end.left else text
            return Raw(start, kept, end, at + len(text) - len(trim_start(text)) if start.right else at)
        case For() | Macro() | FilterSection() | Block():
            return node._replace(body=trimmed(node.body, Trim(node.start.right, node.end.left)))
        case If():
            return node._replace(branches=_branches(node))
        case _:
            return node


def _branches(node: If) -> tuple[Branch, ...]:
    """Each arm is cut at its left by its own tag and at its right by the tag that follows."""
    result: list[Branch] = []
    following = [branch.trim.left for branch in node.branches[1:]] + [node.end.left]
    for branch, cut in zip(node.branches, following, strict=True):
        body = list(trimmed(branch.body, Trim(branch.trim.right, False)))
        if cut:
            _cut_end(body)
        result.append(branch._replace(body=tuple(body)))
    return tuple(result)


def _without_start(text: Text) -> Text | None:
    kept = trim_start(text.text)
    return Text(kept, text.at + len(text.text) - len(kept)) if kept else None


def _cut_end(nodes: list[Node]) -> None:
    """Cut the whitespace at the end of the last node, if that is text."""
    last = nodes[-1] if nodes else None
    if isinstance(last, Text):
        kept = trim_end(last.text)
        nodes[-1:] = [Text(kept, last.at)] if kept else []
