# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the API server what a refused update means: that the object is fixed, or that the manifest is wrong. Belongs in worker threads."""

from __future__ import annotations

from ..._cluster import Cluster, Resource
from ..._errors import ApiError
from ..._objects import KubeObject
from ..data.refusal import Refusal
from .refusals import by_admission, is_refused_as_it_stands, is_taken, refusal_of, says_fixed


def update_refusal(cluster: Cluster, resource: Resource, obj: KubeObject, error: ApiError) -> Refusal | None:
    """The refusal of an update by which the existing object is fixed; None where the manifest, a right or the server is at fault.

    Costs one request. Raises ConnectionFailed.
    """
    if not is_refused_as_it_stands(error):
        return None
    fixed = says_fixed(error)
    if not fixed and (by_admission(error) or is_taken(error)):
        return None
    as_new = refused_as_new(cluster, resource, obj)
    return refusal_of(error, as_new=as_new) if fixed or as_new is None else None


def refused_as_new(cluster: Cluster, resource: Resource, obj: KubeObject) -> ApiError | None:
    """Why the object would not be created if there were none of its name, None where it would.

    The server looks at everything else before it finds that the name is taken, and what else is taken the object itself has.
    """
    try:
        cluster.create(resource, obj, dry_run=True)
    except ApiError as error:
        return None if error.status == 409 or is_taken(error) else error
    return None
