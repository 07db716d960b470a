# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one tree of exceptions that a person may see, each with what happened, where, and what to do.

Anything else that leaves the engine is a bug. May be imported by every room; imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    message: one sentence, no full stop needed. where: `file:line:column`, `Kind namespace/name` or None.
    hint: what to do next, or None. reason: a word for machines where there is one (`NotFound`), else "".
    """

    message: str
    where: str | None = None
    hint: str | None = None
    reason: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


class RoroError(Exception):
    """Base of every error of this project. `exit_code` is what the `roro` command ends with (docs: command line)."""

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.problems: tuple[Problem, ...] = (Problem(message, where, hint),)
        super().__init__(str(self.problems[0]))

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> RoroError:
        """One error that carries several problems, in the order given (at least one)."""
        first = problems[0]
        error = cls(first.message, where=first.where, hint=first.hint)
        error._carry(problems)
        return error

    def retell(self, change: Callable[[str], str]) -> None:
        """Change every text that a person will read; the error stays what it is."""
        self._carry([Problem(change(p.message), p.where and change(p.where), p.hint and change(p.hint), p.reason) for p in self.problems])

    def _carry(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        self.args = ("\n".join(str(problem) for problem in problems),)


class UsageError(RoroError):
    """What was asked for makes no sense: unknown environment, instance, option. Nothing was touched."""

    exit_code = 2


class DocumentError(RoroError):
    """workspace, app or environment documents are wrong. Nothing was touched."""

    exit_code = 2


class RenderError(RoroError):
    """A template failed or rendered something that is not a valid set of manifests. Nothing was touched."""

    exit_code = 2


class PlanError(RoroError):
    """The set cannot be ordered or owned as asked (cycle, missing dependency). Nothing was touched."""

    exit_code = 2


class ClusterError(RoroError):
    """The API server could not be reached or refused."""


class ConnectionFailed(ClusterError):
    """No usable connection: bad kubeconfig, unknown context, server unreachable, TLS not trusted.

    reason: one word for machines where there is one (`Unreachable`, `NotTrusted`), else "".
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None, reason: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        if reason:
            self._carry([Problem(message, where, hint, reason)])


class WronglyNamed(ConnectionFailed):
    """A kubeconfig or context that somebody named is not there. Nothing was touched."""

    exit_code = 2


_REASONS = {401: "Unauthorized", 403: "Forbidden"}


class ApiError(ClusterError):
    """The API server answered with an error.

    status: HTTP status code. reason: `metav1.Status.reason` (such as `Forbidden`, `NotFound`, `Conflict`, `Invalid`) or "".
    body: the decoded `metav1.Status`, or {}.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        reason: str = "",
        body: dict[str, object] | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.reason = reason
        self.body = body or {}
        if word := reason or _REASONS.get(status, ""):
            self._carry([Problem(message, where, hint, word)])


class KindNotServed(ClusterError):
    """The cluster does not serve an apiVersion and kind, even after discovery was refreshed."""


class ValueFailed(ClusterError):
    """A value that a document asks for is not on the cluster, or may not be read; `reason` of each problem says which."""


class ReleaseError(RoroError):
    """An instance could not be brought up or down: an object failed, timed out, or belongs to somebody else.

    reason: one word for machines (`FieldConflict`), "" where the class says enough.
    """

    reason: str = ""


class Locked(ReleaseError):
    """Another run is at work on the instance. Nothing of it was touched."""


class Interrupted(RoroError):
    """The person stopped the run; what was under way is recorded."""

    exit_code = 130


class AwxError(RoroError):
    """AWX, or the Automation Controller, could not be reached, or refused something.

    reason: one word for machines (`Unreachable`, `Untrusted`, `Redirected`, `NoApi`, `Unauthorized`, `Forbidden`, `NotFound`, `Refused`,
    `ServerError`, `Missing`, `NotOurs`, `OpenSecret`, `ProjectFailed`, `Timeout`).
    """

    def __init__(self, message: str, *, reason: str, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self._carry([Problem(message, where, hint, reason)])

    @classmethod
    def of_problems(cls, problems: Sequence[Problem], reason: str) -> AwxError:
        """One error of several problems (at least one) with one reason."""
        error = cls(problems[0].message, reason=reason)
        error._carry(problems)
        return error


class LocalClusterError(RoroError):
    """A local cluster could not be made, found or removed."""


class BuildError(RoroError):
    """An image could not be built, or did not get to where it is needed."""


class GitError(RoroError):
    """A repository, or the server that has it, could not do what was asked.

    reason: one word for machines; `_git/failures.py` lists them (`Unreachable`, `AuthenticationFailed`, `HostKeyChanged`, ...).
    """

    def __init__(self, message: str, *, reason: str, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.reason = reason
        self._carry([Problem(message, where, hint, reason)])
