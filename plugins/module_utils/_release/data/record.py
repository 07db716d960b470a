# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster remembers of an instance. Kept by `records.instance_records`."""

from __future__ import annotations

from dataclasses import dataclass

from ..._objects import Identity, ObjectRef
from .hook import Hook
from .workspace_origin import UNKNOWN, WorkspaceOrigin


@dataclass(frozen=True)
class ConfigRead:
    """A ConfigMap or Secret of a workload's namespace, and the digest of what its pods read of it at their start."""

    kind: str
    name: str
    digest: str


@dataclass(frozen=True)
class OwnedObject:
    """One object in an instance's record. uid "" until it was applied. applied: digest of what was sent; live: digest of what the
    server held then in the fields that were sent. Both digests unchanged prove that a write would change nothing. fields: digest of
    which fields were ours then; "" when not known. reads: of a workload, see `config_restarts`; () when not known."""

    ref: ObjectRef
    uid: str = ""
    applied: str = ""
    live: str = ""
    fields: str = ""
    reads: tuple[ConfigRead, ...] = ()


@dataclass(frozen=True)
class InstanceRecord:
    """What an instance owns now, kept in the cluster as a Secret labelled `roro.dev/record: instance`.

    revision: the number of the last revision begun (1, 2, ...), 0 for none. deployed: the last revision that became healthy, 0 for none.
    outcome: `pending` while a run is under way or was killed, else `deployed` (became healthy), `applied` (not waited for), `failed`,
    `interrupted`, `stopped`, `removed` (gone but for objects that are protected), `removing` (its removal failed: these objects are left);
    `unreadable` stands for a record that is there and cannot be read, see `unreadable.py`: this is never written.
    reason, message: why it failed, for machines and for a person. updated: when it was written, RFC 3339 in UTC.
    objects: everything that this instance may own, also from a run that was killed, so that nothing is ever orphaned.
    depends_on: ids of the instances that must outlive this one, for `down`, which reads no documents.
    namespace: where the record itself is. resource_version: of its Secret, "" when it does not exist yet. parts: it goes on in others.
    scales: replicas that workloads had when they were stopped, where no manifest says how many.
    hooks: what runs at moments of its life, not among `objects`; with their manifests where they run when it goes.
    origin: where the workspace came from that deployed it.
    """

    instance: str
    app: str
    namespace: str
    revision: int = 0
    deployed: int = 0
    outcome: str = ""
    reason: str = ""
    message: str = ""
    digest: str = ""
    updated: str = ""
    objects: tuple[OwnedObject, ...] = ()
    depends_on: tuple[str, ...] = ()
    scales: tuple[tuple[Identity, int], ...] = ()
    hooks: tuple[Hook, ...] = ()
    origin: WorkspaceOrigin = UNKNOWN
    resource_version: str = ""
    parts: bool = False

    @property
    def unreadable(self) -> bool:
        """Whether this only stands for a record that cannot be read: what the instance owns is not known."""
        return self.outcome == "unreadable"
