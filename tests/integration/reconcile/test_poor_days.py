"""While it is watched: a server that is away or forgot, rights that are taken, documents with a mistake, other people's runs, failures."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.tls import ssl_context
from ansible_collections.roro.kube.plugins.module_utils._workflow import Request
from reconcile_scene import CONFIG_MAP, Scene, config, until

sys.path += [str(Path(__file__).parents[1] / name) for name in ("faults", "events")]
from fault_proxy import Fault, FaultProxy, refuse
from server_relay import Relay


@pytest.fixture
def proxy(cluster_kubeconfig: Path) -> Iterator[FaultProxy]:
    access = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {})
    found = FaultProxy(access.server, ssl_context(access, access.credentials.certificate()))
    yield found
    found.close()


@pytest.fixture
def relay(cluster_kubeconfig: Path, tmp_path: Path) -> Iterator[Relay]:
    document = yaml.safe_load(cluster_kubeconfig.read_text())
    access = document["clusters"][0]["cluster"]
    found = Relay(access["server"])
    access.update({"server": found.url, "tls-server-name": "127.0.0.1"})
    found.kubeconfig = tmp_path / "relayed"
    found.kubeconfig.write_text(yaml.safe_dump(document))
    yield found
    found.close()


def through(scene: Scene, proxy: FaultProxy) -> Request:
    return replace(scene.request, connection=Connection(host=proxy.url, api_key="unused"))


def edit(scene: Scene, mode: str = "by hand") -> None:
    scene.patch(CONFIG_MAP, "settings", {"data": {"mode": mode}})


@pytest.fixture
def shop(scene: Scene) -> Scene:
    scene.app("api", config(mode="one"))
    scene.app("web", config("web", mode="one"))
    scene.up()
    return scene


def test_what_changed_while_the_server_was_away_must_be_corrected_when_it_is_back(shop: Scene, relay: Relay) -> None:
    with shop.watched("correct", request=replace(shop.request, connection=Connection(kubeconfig=str(relay.kubeconfig)))) as heard:
        for _ in range(2):
            relay.leave()
            edit(shop)
            shop.delete(CONFIG_MAP, "web")
            turns = heard.turns
            until(lambda turns=turns: heard.turns > turns, lambda: heard.told)
            until(lambda: any(heard.troubles[-1:]) or "Failed" in (heard.state("api"), heard.state("web")), lambda: heard.told, deadline=90)
            relay.come_back()
            until(lambda: shop.data() == {"mode": "one"} and shop.data("web") == {"mode": "one"}, lambda: heard.told, deadline=120)
            for name in ("api", "web"):
                heard.await_state(name, "InSync")
            until(lambda: not any(heard.troubles[-1:]), lambda: heard.told)


def test_watches_whose_version_is_too_old_must_be_begun_anew(shop: Scene, proxy: FaultProxy) -> None:
    proxy.faults[:] = [Fault("GET", "watch=(true|1)", refuse(410, "Expired"), times=6)]
    with shop.watched("correct", request=through(shop, proxy)) as heard:
        for number in range(3):
            edit(shop, f"by hand {number}")
            until(lambda: shop.data() == {"mode": "one"}, lambda: heard.told, deadline=120)
        assert proxy.faults[0].hit.is_set()


def test_a_right_that_is_taken_must_be_told_and_what_was_changed_be_corrected_once_it_is_given_back(shop: Scene, proxy: FaultProxy) -> None:
    with shop.watched("correct", request=through(shop, proxy)) as heard:
        refused = Fault("PATCH|POST|PUT", "/configmaps", refuse(403, "Forbidden", "configmaps is forbidden"), times=10**6)
        proxy.faults[:] = [refused]
        edit(shop)
        assert "forbidden" in heard.await_state("api", "Failed").message.lower()
        proxy.faults.clear()
        until(lambda: shop.data() == {"mode": "one"}, lambda: heard.told)
        heard.await_state("api", "InSync")


def test_a_correction_that_fails_must_be_tried_again_later_each_time(shop: Scene, proxy: FaultProxy) -> None:
    with shop.watched("correct", request=through(shop, proxy)) as heard:
        refused = Fault("PATCH", "/configmaps/settings.*(?<!dryRun=All)$", refuse(422, "Invalid", "no"), times=10**6)
        proxy.faults[:] = [refused]
        edit(shop)
        heard.await_state("api", "Failed")
        clock = threading.Event()
        clock.wait(12)  # as long as what is wrong would happen
        assert refused.done <= 4, heard.told
        assert len(heard.results) <= 6, heard.told
        proxy.faults.clear()
        until(lambda: shop.data() == {"mode": "one"}, lambda: heard.told)
        heard.await_state("api", "InSync")


def test_documents_with_a_mistake_must_be_told_and_the_last_good_ones_stay_in_use(shop: Scene) -> None:
    with shop.watched("correct") as heard:
        shop.write("apps/api/app.json", '{"dependsOn": ["nobody"]}')
        until(lambda: any("nobody" in words for words in heard.troubles), lambda: heard.told)
        edit(shop)
        until(lambda: shop.data() == {"mode": "one"}, lambda: heard.told)
        until(lambda: (found := shop.standing()) and "nobody" in found.trouble, shop.standing)
        shop.app("api", config(mode="two"))
        until(lambda: shop.data() == {"mode": "two"}, lambda: heard.told)
        until(lambda: heard.troubles[-1] == "", lambda: heard.told)
        until(lambda: (found := shop.standing()) and not found.trouble, shop.standing)


def test_another_run_must_be_waited_for_and_looked_at_again(shop: Scene) -> None:
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "roro.api", "namespace": shop.namespace},
        "spec": {"holderIdentity": "eve@laptop (up)", "leaseDurationSeconds": 3600},
    }
    leases = shop.cluster.resource("coordination.k8s.io/v1", "Lease")
    shop.cluster.create(leases, lease)
    with shop.watched("correct") as heard:
        edit(shop)
        assert "another run" in heard.await_state("api", "Waiting").message
        assert shop.data() == {"mode": "by hand"}
        assert heard.corrections == []
        shop.cluster.delete(leases, shop.namespace, "roro.api")
        until(lambda: shop.data() == {"mode": "one"}, lambda: heard.told)
        heard.await_state("api", "InSync")


def test_a_person_and_a_watch_at_once_must_both_come_to_what_the_documents_say(shop: Scene) -> None:
    with shop.watched("correct") as heard:
        for number in range(6):
            mode = f"m{number}"
            shop.app("api", config(mode=mode))
            while True:
                try:
                    shop.up(force_conflicts=True)
                    break
                except AssertionError as error:
                    assert "another" in str(error) or "lock" in str(error), error
            until(lambda mode=mode: shop.data() == {"mode": mode}, lambda: heard.told)
        heard.await_state("api", "InSync")
    numbers = [one.revision for one in shop.history("api")]
    assert len(numbers) == len(set(numbers)) and max(numbers) == 7, numbers
    assert shop.once("report").findings == ()


def test_corrections_must_not_flood_the_history(shop: Scene) -> None:
    before = shop.revisions()
    with shop.watched("correct") as heard:
        for number in range(25):
            shop.patch(CONFIG_MAP, "settings", {"data": {"mode": f"by hand {number}"}}, f"person-{number}")
            until(lambda: shop.data() == {"mode": "one"}, lambda: heard.told)
    assert shop.revisions() == before


def test_what_is_rolled_back_must_not_be_tried_for_ever(scene: Scene) -> None:
    scene.workspace(drift={"mode": "correct"})
    rule = {"readiness": [{"kind": "ConfigMap", "path": "$.data.open", "equals": "yes"}], "onFailure": "rollback", "timeout": "3s"}
    scene.app("api", config(open="yes"), **rule)
    scene.up()
    with scene.watched() as heard:
        scene.app("api", config(open="no"), **rule)
        heard.await_state("api", "Failed")
        until(lambda: scene.data() == {"open": "yes"}, lambda: heard.told)
        before = scene.revisions()
        results = len(heard.results)
        threading.Event().wait(10)  # as long as what is wrong would happen
        assert (scene.revisions(), len(heard.results)) == (before, results), heard.told
        scene.app("api", config(open="yes", more="x"), **rule)
        heard.await_state("api", "InSync")
        assert scene.data() == {"open": "yes", "more": "x"}


def test_what_is_rolled_back_must_not_be_tried_again_by_who_reconciles_next(scene: Scene) -> None:
    scene.workspace(drift={"mode": "correct"})
    rule = {"readiness": [{"kind": "ConfigMap", "path": "$.data.open", "equals": "yes"}], "onFailure": "rollback", "timeout": "3s"}
    scene.app("api", config(open="yes"), **rule)
    scene.up()
    with scene.watched() as heard:
        scene.app("api", config(open="no"), **rule)
        told = heard.await_state("api", "Failed").message
        until(lambda: (found := scene.standing()) and (item := found.of("api")) and item.rolled_back, scene.standing)
    before = scene.revisions()
    with scene.watched() as heard:
        assert (heard.state("api"), heard.message("api")) == ("Failed", told)
        threading.Event().wait(10)  # as long as what is wrong would happen
        assert (scene.revisions(), heard.results) == (before, []), heard.told
        scene.app("api", config(open="yes", more="x"), **rule)
        heard.await_state("api", "InSync")
        assert scene.data() == {"open": "yes", "more": "x"}


def test_many_instances_must_all_be_corrected_while_one_fails(scene: Scene) -> None:
    names = [f"a{number}" for number in range(40)]
    for name in names:
        scene.app(name, config(name, mode="one"))
    scene.up()
    with scene.watched("correct") as heard:
        for name in names:
            scene.patch(CONFIG_MAP, name, {"data": {"mode": "by hand"}})
        until(lambda: all(scene.data(name) == {"mode": "one"} for name in names), lambda: heard.told)
        for name in names:
            heard.await_state(name, "InSync")
    assert scene.once("report").findings == ()


def test_a_kubeconfig_that_leads_nowhere_must_end_the_watch_in_words(scene: Scene, tmp_path: Path) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
    from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import reconcile

    path: Any = tmp_path / "nowhere"
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config"}))
    with pytest.raises(RoroError):
        reconcile(replace(scene.request, connection=Connection(kubeconfig=str(path))))
