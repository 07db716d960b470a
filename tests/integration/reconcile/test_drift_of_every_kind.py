"""Whatever somebody does to what is owned is corrected, proposed or only told, once or while it is watched, and makes no revision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from reconcile_scene import CONFIG_MAP, DEPLOYMENT, SECRET, Scene, config, deployment, secret, until


@dataclass(frozen=True)
class Meddling:
    """harm: what somebody does. mended: whether it is as the documents say again. action, kind, words: of the finding."""

    harm: Callable[[Scene], None]
    mended: Callable[[Scene], bool]
    action: str
    kind: str
    words: str = ""


def edit(scene: Scene) -> None:
    scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "by hand"}})


def take_field(scene: Scene) -> None:
    scene.patch(CONFIG_MAP, "settings", {"data": {"mode": None}})


def scale(scene: Scene) -> None:
    scene.patch(DEPLOYMENT, "api", {"spec": {"replicas": 1}}, "kubectl", "/scale")


def take_label(scene: Scene) -> None:
    scene.patch(CONFIG_MAP, "settings", {"metadata": {"labels": {"roro.dev/workspace": None}}}, "kubectl-label")


def claim_label(scene: Scene) -> None:
    scene.patch(CONFIG_MAP, "settings", {"metadata": {"labels": {"roro.dev/instance": "other"}}}, "kubectl-label")


def change_secret(scene: Scene) -> None:
    scene.patch(SECRET, "login", {"data": {"password": "aGFja2Vk"}})


def annotate(scene: Scene) -> None:
    scene.patch(CONFIG_MAP, "settings", {"metadata": {"annotations": {"team": "other"}}}, "kubectl-annotate")


def delete(scene: Scene) -> None:
    scene.delete(CONFIG_MAP, "settings")


def recreate(scene: Scene) -> None:
    scene.delete(CONFIG_MAP, "settings")
    resource = scene.cluster.resource(*CONFIG_MAP)
    stranger = config(mode="of a stranger")
    path = resource.path(scene.namespace)
    scene.cluster.request("POST", path, query={"fieldManager": "kubectl-create"}, body=stranger)


def labels(scene: Scene) -> dict[str, str]:
    return dict((scene.get(CONFIG_MAP, "settings") or {"metadata": {}})["metadata"].get("labels") or {})


def own_labels(scene: Scene) -> bool:
    found = labels(scene)
    return found.get("roro.dev/workspace") == scene.name and found.get("roro.dev/instance") == "api"


def config_is_back(scene: Scene) -> bool:
    return scene.data() == {"mode": "one"}


MEDDLING = {
    "edited": Meddling(edit, config_is_back, "Update", "ConfigMap", "data.mode"),
    "field taken": Meddling(take_field, config_is_back, "Update", "ConfigMap", "data"),
    "scaled by hand": Meddling(
        scale, lambda scene: (scene.get(DEPLOYMENT, "api") or {})["spec"]["replicas"] == 0, "Update", "Deployment", "spec.replicas"
    ),
    "label taken": Meddling(take_label, own_labels, "Update", "ConfigMap", "label"),
    "label changed": Meddling(claim_label, own_labels, "Update", "ConfigMap", "label"),
    "Secret changed": Meddling(
        change_secret,
        lambda scene: (scene.get(SECRET, "login") or {})["data"]["password"] == "czNjcjN0",
        "Update",
        "Secret",
        "data.password",
    ),
    "annotation changed": Meddling(
        annotate,
        lambda scene: (scene.get(CONFIG_MAP, "settings") or {})["metadata"]["annotations"].get("team") == "web",
        "Update",
        "ConfigMap",
        "annotations",
    ),
    "deleted": Meddling(delete, config_is_back, "Create", "ConfigMap"),
    "recreated by somebody else": Meddling(recreate, lambda scene: config_is_back(scene) and own_labels(scene), "Update", "ConfigMap"),
}


@pytest.fixture
def shop(scene: Scene) -> Scene:
    """One instance, up."""
    settings = config(mode="one")
    settings["metadata"]["annotations"] = {"team": "web"}
    scene.app("api", settings, secret(password="s3cr3t"), deployment())
    scene.up()
    return scene


@pytest.fixture(params=MEDDLING)
def meddling(request: Any) -> Meddling:
    return MEDDLING[request.param]


def test_once_it_must_be_reported_then_proposed_then_corrected(shop: Scene, meddling: Meddling) -> None:
    assert shop.once("report").findings == ()
    before = shop.revisions()
    meddling.harm(shop)
    harmed = shop.versions()

    for mode in ("report", "propose"):
        report = shop.once(mode)
        (finding,) = report.findings
        assert (finding.instance, finding.action, finding.kind) == ("api", meddling.action, meddling.kind)
        assert meddling.words in finding.cause
        assert (report.corrected, report.changed, report.failed, report.differs) == ((), False, False, True)
        assert "aGFja2Vk" not in str(report.standing) and "s3cr3t" not in str(report.standing)
        assert (report.standing.proposal is not None) == (mode == "propose")
        assert shop.versions() == harmed
    report = shop.once("correct")

    assert report.changed and not report.failed and not report.differs, report.standing
    assert meddling.mended(shop)
    assert shop.revisions() == before
    assert shop.once("correct").findings == ()


def test_while_it_is_watched_it_must_be_corrected_each_time_without_a_revision(shop: Scene, meddling: Meddling) -> None:
    before = shop.revisions()
    with shop.watched("correct") as heard:
        for _ in range(2):
            heard.corrections.clear()
            meddling.harm(shop)
            until(lambda: heard.corrections and meddling.mended(shop), lambda: heard.told)
            finding = heard.corrections[-1]
            assert (finding.instance, finding.action, finding.kind) == ("api", meddling.action, meddling.kind)
        heard.await_state("api", "InSync")
    assert shop.revisions() == before
    assert shop.once("report").findings == ()


def test_while_it_is_watched_it_must_be_reported_and_nothing_written(shop: Scene, meddling: Meddling) -> None:
    with shop.watched("report") as heard:
        meddling.harm(shop)
        harmed = shop.versions()
        standing = heard.await_state("api", "Drifted")
        assert [(one.action, one.kind) for one in standing.findings] == [(meddling.action, meddling.kind)]
        until(lambda: (found := shop.standing()) and found.instances[0].state == "Drifted", shop.standing)
        assert shop.versions() == harmed
        assert heard.corrections == []
