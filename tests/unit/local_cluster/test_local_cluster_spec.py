"""Promises about what can be asked of a local cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.spec import LocalCluster, LocalClusterSpec
from hypothesis import given
from hypothesis import strategies as st

LABEL = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)


@given(LABEL)
def test_every_dns_label_of_forty_characters_must_be_a_name(name: str) -> None:
    LocalClusterSpec(name=name).check()


@pytest.mark.parametrize("name", ["", "Upper", "-a", "a-", "a_b", "a.b", "a/b", "..", "a" * 41, "ä"])
def test_a_name_that_cannot_be_a_host_or_directory_must_be_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a cluster"):
        LocalClusterSpec(name=name).check()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (LocalClusterSpec(provider="docker"), "unknown provider 'docker'"),
        (LocalClusterSpec(simulated_nodes=-1), "-1 simulated nodes"),
        (LocalClusterSpec(simulated_nodes=5001), "5001 simulated nodes"),
        (LocalClusterSpec(only_simulated=True), "needs at least one"),
        (LocalClusterSpec(only_simulated=True, simulated_nodes=1, provider="kind"), "always has a real node"),
        (LocalClusterSpec(kubernetes_version="1"), "Kubernetes version '1'"),
        (LocalClusterSpec(kubernetes_version="../1.34"), "Kubernetes version '../1.34'"),
        (LocalClusterSpec(audit=True, provider="k3d"), "only the native provider writes an audit log"),
    ],
)
def test_what_makes_no_sense_must_be_refused_with_what_to_do(spec: LocalClusterSpec, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        spec.check()
    assert caught.value.problems[0].hint
    assert caught.value.exit_code == 2


def test_a_record_must_be_plain_json() -> None:
    made = LocalCluster("a", "native", Path("/k"), "roro-a", "https://x", ("n1", "n2"), True, "v1.34.4")
    assert made.as_record() == {
        "name": "a",
        "provider": "native",
        "kubeconfig": "/k",
        "context": "roro-a",
        "server": "https://x",
        "nodes": ["n1", "n2"],
        "changed": True,
        "kubernetes_version": "v1.34.4",
        "kubectl": None,
        "audit_log": None,
    }
