"""What the documents, an autoscaler or a closed window keep from being changed; and what left the documents."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from reconcile_scene import CONFIG_MAP, DEPLOYMENT, Obj, Scene, config, deployment, until

NAMESPACE = ("v1", "Namespace")


def edit(scene: Scene, name: str = "settings") -> None:
    scene.patch(CONFIG_MAP, name, {"data": {"mode": "by hand"}})


def autoscaler() -> Obj:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 90}}}
    spec = {"minReplicas": 1, "maxReplicas": 5, "scaleTargetRef": target, "metrics": [metric]}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"}, "spec": spec}


def replicas(scene: Scene) -> int:
    return int((scene.get(DEPLOYMENT, "api") or {})["spec"]["replicas"])


def test_replicas_that_an_autoscaler_sets_must_be_left_alone(scene: Scene) -> None:
    scene.app("api", deployment(replicas=1), autoscaler(), config(mode="one"))
    scene.up(wait=False)
    with scene.watched("correct") as heard:
        scene.patch(DEPLOYMENT, "api", {"spec": {"replicas": 3}}, "kube-controller-manager", "/scale")
        edit(scene)
        until(lambda: heard.corrections and scene.data() == {"mode": "one"}, lambda: heard.told)
        heard.await_state("api", "InSync")
        assert replicas(scene) == 3
        assert {one.kind for one in heard.corrections} == {"ConfigMap"}
    assert scene.once("correct").findings == ()
    assert replicas(scene) == 3


def test_what_drift_ignore_names_must_be_left_alone_and_the_rest_corrected(scene: Scene) -> None:
    rule = {"kind": "ConfigMap", "name": "settings", "path": "$.data.mode"}
    scene.workspace(drift={"mode": "correct", "ignore": [rule, {"kind": "Deployment.apps", "path": "$.spec.replicas"}]})
    scene.app("api", config(mode="one", level="low"), deployment())
    scene.up()
    edit(scene)
    scene.patch(DEPLOYMENT, "api", {"spec": {"replicas": 2}}, "kubectl", "/scale")
    assert scene.once().findings == ()
    with scene.watched() as heard:
        scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "again", "level": "high"}})
        until(lambda: scene.data().get("level") == "low", lambda: heard.told)
        heard.await_state("api", "InSync")
        assert scene.data() == {"mode": "again", "level": "low"}
        assert replicas(scene) == 2
    scene.delete(CONFIG_MAP, "settings")
    scene.once()
    assert scene.data() == {"mode": "one", "level": "low"}


def test_what_the_documents_suspend_must_be_left_alone_until_they_no_longer_do(scene: Scene) -> None:
    scene.workspace(drift={"mode": "correct"})
    scene.app("api", config(mode="one"), drift={"suspend": True})
    scene.app("web", config("web", mode="one"))
    scene.up()
    edit(scene)
    report = scene.once()
    assert [(item.instance, item.state) for item in report.standing.instances] == [("api", "Suspended"), ("web", "InSync")]
    with scene.watched() as heard:
        edit(scene, "web")
        until(lambda: scene.data("web") == {"mode": "one"}, lambda: heard.told)
        assert heard.state("api") == "Suspended" and scene.data() == {"mode": "by hand"}
        scene.app("api", config(mode="one"))
        until(lambda: scene.data() == {"mode": "one"}, lambda: heard.told)


def window(scene: Scene, begins: int, ends: int) -> dict[str, Any]:
    """begins, ends: minutes from now."""
    now = scene.cluster.now()
    return {"from": f"{now + timedelta(minutes=begins):%H:%M}", "to": f"{now + timedelta(minutes=ends):%H:%M}"}


def test_a_closed_window_must_hold_back_what_is_found_and_tell_it_and_then_open(scene: Scene) -> None:
    until(lambda: scene.cluster.now().second < 50, "the beginning of a minute")
    scene.workspace(drift={"mode": "correct", "windows": [window(scene, 1, 60)]})
    scene.app("api", config(mode="one"))
    scene.app("old", config("old", mode="one"))
    scene.up()
    shutil.rmtree(scene.root / "apps/old")
    edit(scene)
    report = scene.once()
    assert report.differs and not report.changed and report.corrected == ()
    standing = report.standing.of("api")
    assert standing is not None and standing.state == "Waiting" and "window" in standing.message and "data.mode" in standing.message
    with scene.watched() as heard:
        assert "window" in heard.await_state("api", "Waiting").message
        assert scene.data() == {"mode": "by hand"}
        assert scene.data("old") == {"mode": "one"}
        until(lambda: scene.data() == {"mode": "one"}, lambda: heard.told, deadline=90)
        heard.await_state("api", "InSync")
        until(lambda: scene.data("old") == {}, lambda: heard.told)


def test_an_instance_that_left_the_documents_must_be_reported_then_removed(scene: Scene) -> None:
    scene.app("api", config(mode="one"))
    scene.app("old", config("old", mode="one"))
    scene.up()
    shutil.rmtree(scene.root / "apps/old")
    report = scene.once("report")
    assert [(one.instance, one.action, one.name) for one in report.findings] == [("old", "Delete", "old")]
    assert scene.data("old") == {"mode": "one"}
    assert scene.once("correct").changed
    assert scene.data("old") == {}
    assert scene.data() == {"mode": "one"}


def test_an_instance_that_leaves_the_documents_while_they_are_watched_must_be_removed(scene: Scene) -> None:
    scene.app("api", config(mode="one"))
    scene.app("old", config("old", mode="one"))
    scene.up()
    with scene.watched("correct") as heard:
        shutil.rmtree(scene.root / "apps/old")
        until(lambda: scene.data("old") == {}, lambda: heard.told)
        scene.app("new", config("new", mode="one"))
        until(lambda: scene.data("new") == {"mode": "one"}, lambda: heard.told)
        until(lambda: (found := scene.standing()) and {one.instance for one in found.instances} == {"api", "new"}, scene.standing)


def test_a_namespace_that_was_deleted_must_come_back_with_all_that_was_in_it(scene: Scene) -> None:
    scene.app("api", config(mode="one"), deployment())
    scene.app("web", config("web", mode="one"))
    scene.up()
    with scene.watched("correct") as heard:
        before = scene.cluster.get(scene.cluster.resource(*NAMESPACE), None, scene.namespace)
        scene.remove()
        assert before is not None

        def anew() -> bool:
            found = scene.cluster.get(scene.cluster.resource(*NAMESPACE), None, scene.namespace)
            return found is not None and found["metadata"]["uid"] != before["metadata"]["uid"]

        until(anew, lambda: heard.told, deadline=120)
        until(lambda: scene.data() and scene.data("web") and scene.get(DEPLOYMENT, "api"), lambda: heard.told, deadline=120)
        for name in ("api", "web"):
            heard.await_state(name, "InSync")
    assert scene.once("report").findings == ()
