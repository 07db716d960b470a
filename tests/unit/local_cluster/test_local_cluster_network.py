"""Promises about the place of a cluster in the machine's network."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import pairwise

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.network import NETWORKS, ClusterNetwork, choose_network, packet_rules
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.node import pod_network


def test_no_two_clusters_may_share_an_address() -> None:
    ranges = [part for number in range(NETWORKS) for part in ClusterNetwork(number).ranges()]
    ordered = sorted(ranges)
    assert all(not before.overlaps(after) for before, after in pairwise(ordered))


def test_the_names_must_fit_the_kernels_limit_for_links() -> None:
    assert all(len(ClusterNetwork(number).unit) <= 15 for number in range(NETWORKS))


def test_the_first_free_number_must_be_taken() -> None:
    assert choose_network([], [], []).number == 0
    assert choose_network([0, 1], [], []).number == 2
    assert choose_network([], [], ["roro0"]).number == 1


@pytest.mark.parametrize("route", ["10.244.0.0/24", "10.245.0.0/30", "10.112.4.0/24", "10.244.0.128/25"])
def test_a_range_that_the_machine_routes_elsewhere_must_be_left_alone(route: str) -> None:
    assert choose_network([], [IPv4Network(route)], []).number == 1


def test_the_default_route_must_not_count_as_a_conflict() -> None:
    assert choose_network([], [IPv4Network("0.0.0.0/0")], []).number == 0


def test_when_nothing_is_free_the_error_must_say_what_is_used_up() -> None:
    with pytest.raises(LocalClusterError, match="no free address range"):
        choose_network([], [IPv4Network("10.0.0.0/8")], [])


def test_every_packet_rule_must_carry_the_clusters_mark() -> None:
    network = ClusterNetwork(7)
    for rule in packet_rules(network):
        assert rule[rule.index("--comment") + 1] == network.unit


def test_pods_must_get_addresses_of_their_cluster() -> None:
    network = ClusterNetwork(3)
    assert pod_network(network)["plugins"][0]["ipam"]["ranges"] == [[{"subnet": "10.244.3.0/24"}]]
