"""How instances are told to stand is how they are: also after somebody else saw to them, and before everything was looked at."""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._model import Instance
from ansible_collections.roro.kube.plugins.module_utils._release import Options, start, stop
from ansible_collections.roro.kube.plugins.module_utils._workflow.loading import load
from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import approve
from reconcile_scene import CONFIG_MAP, Scene, config, deployment, until


def edit(scene: Scene, name: str = "settings") -> None:
    scene.patch(CONFIG_MAP, name, {"data": {"mode": "by hand"}})


def power(scene: Scene, turn: Any, name: str) -> None:
    """`roro stop` or `roro start`."""
    selection = load(scene.request)
    members: list[Instance] = [item for item in selection.instances if item.id == name]
    turn(scene.cluster, selection, members, Options(wait=False), ignore, threading.Event())


def test_who_begins_to_watch_must_leave_a_proposal_to_be_approved(scene: Scene) -> None:
    scene.app("api", config(mode="one"))
    scene.app("web", config("web", mode="one"))
    scene.up()
    edit(scene)
    proposed = scene.once("propose").standing.proposal
    assert proposed is not None
    told, stop_looking = [], threading.Event()

    def look() -> None:
        while not stop_looking.is_set():
            standing = scene.standing()
            told.append(standing.proposal.id if standing and standing.proposal else "none")

    thread = threading.Thread(target=look)
    thread.start()
    try:
        with scene.watched("propose"):
            until(lambda: (found := scene.standing()) and found.watching, scene.standing)
    finally:
        stop_looking.set()
        thread.join()
    assert set(told) == {proposed.id}


def test_what_a_person_brought_up_must_stand_well_again(scene: Scene) -> None:
    scene.app("api", config(mode="one"))
    scene.up()
    with scene.watched("report") as heard:
        edit(scene)
        heard.await_state("api", "Drifted")
        scene.up(force_conflicts=True)
        heard.await_state("api", "InSync")
        until(lambda: (found := scene.standing()) and found.instances[0].state == "InSync", scene.standing)


def test_a_label_that_was_given_back_must_stand_well_again(scene: Scene) -> None:
    scene.app("api", config(mode="one"))
    scene.up()
    with scene.watched("report") as heard:
        for value, state in ((None, "Drifted"), ("api", "InSync")):
            scene.patch(CONFIG_MAP, "settings", {"metadata": {"labels": {"roro.dev/instance": value}}})
            heard.await_state("api", state)


def test_what_is_approved_while_it_is_watched_must_stand_well_again(scene: Scene) -> None:
    scene.app("api", config(mode="one"))
    scene.up()
    with scene.watched("propose") as heard:
        edit(scene)
        heard.await_state("api", "Proposed")
        until(lambda: (found := scene.standing()) and found.proposal, scene.standing)
        assert not approve(scene.request).failed
        heard.await_state("api", "InSync")
        assert scene.data() == {"mode": "one"}
        until(lambda: (found := scene.standing()) and not found.proposal and found.watching, scene.standing)


def test_what_is_stopped_while_it_is_watched_must_be_left_alone_until_it_is_started(scene: Scene) -> None:
    scene.app("api", deployment(replicas=1), config(mode="one"))
    scene.up(wait=False)
    with scene.watched("correct") as heard:
        power(scene, stop, "api")
        assert "stop" in heard.await_state("api", "Suspended").message
        edit(scene)
        scene.app("other", config("other", mode="one"))
        heard.await_state("other", "InSync")  # a later change is seen to, this one is not
        assert scene.data() == {"mode": "by hand"}
        assert scene.get(("apps/v1", "Deployment"), "api")["spec"]["replicas"] == 0  # type: ignore[index]
        power(scene, start, "api")
        heard.await_state("api", "InSync")
        until(lambda: scene.data() == {"mode": "one"}, lambda: heard.told)
