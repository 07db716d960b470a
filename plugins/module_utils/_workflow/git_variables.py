# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The computed variable `git` (commit, shortCommit, branch, dirty), for the instances that name it: asking git costs a moment.

An instance names it in a text of its variables or in a template. Charts and kustomizations see only what a variable makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._errors import GitError
from .._model import Instance, Origin, Selection, Variable
from .._secrets import literal
from .template_blocks import blocks, texts_below

NAME = "git"
SHORT = 12
"""Digits of `shortCommit`, as many as Git's own abbreviations of large repositories have."""
_NAMED = re.compile(rb"(?<![.\w])git(?!\w)")


def with_git(selection: Selection) -> Selection:
    """The selection with `git` in the instances that name it; where it cannot be known they have the reason instead. Never raises."""
    looked_at: dict[Path, bool] = {}
    asking = {instance.id for instance in selection.instances if _names_git(instance, looked_at)}
    if not asking:
        return selection
    try:
        variable = Variable(literal(git_facts(selection.workspace.root)), Origin("computed"))
    except GitError as error:
        problem = error.problems[0]
        why = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        return _changed(selection, asking, lambda instance: replace(instance, absent={NAME: why}))
    return _changed(selection, asking, lambda instance: replace(instance, variables={**instance.variables, NAME: variable}))


def _changed(selection: Selection, which: set[str], change: Callable[[Instance], Instance]) -> Selection:
    return replace(selection, instances=tuple(change(one) if one.id in which else one for one in selection.instances))


def git_facts(root: Path) -> dict[str, Any]:
    """What `git` holds; branch: "" where HEAD is detached. Raises GitError."""
    from .._git import open_repository  # most workspaces name none of it

    status = open_repository(root).status()
    commit = status.head.commit
    if commit is None:
        raise GitError("the repository has no commit yet", reason="Unborn", where=str(root), hint="Commit something: git commit")
    return {"commit": commit, "shortCommit": commit[:SHORT], "branch": status.head.branch or "", "dirty": status.dirty}


def _names_git(instance: Instance, looked_at: dict[Path, bool]) -> bool:
    if any(_in(repr(one.value).encode()) for one in instance.variables.values() if one.origin.layer not in ("command line", "computed")):
        return True
    from .._render import whole  # it brings the engines, which a command that only reads does without

    if whole(instance.manifests) is not None:
        return False
    for folder in (instance.folder, instance.manifests.path):
        if folder not in looked_at:
            looked_at[folder] = _in_folder(folder)
    return looked_at[instance.folder] or looked_at[instance.manifests.path]


def _in_folder(folder: Path) -> bool:
    try:
        return any(_in(data) for _path, data in texts_below(folder))
    except OSError:
        return True


def _in(data: bytes) -> bool:
    return b"git" in data and any(_NAMED.search(block) for block in blocks(data))
