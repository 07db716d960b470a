"""Where nothing happens nothing is asked, and what a controller or a person does that is no drift is looked at once."""

from __future__ import annotations

import threading

from reconcile_scene import CONFIG_MAP, DEPLOYMENT, Scene, config, deployment, until


def test_in_quiet_no_look_must_be_taken(scene: Scene) -> None:
    scene.app("api", config(mode="one"), deployment())
    scene.up()
    with scene.watched("correct") as heard:
        until(lambda: (found := scene.standing()) and found.watching, scene.standing)
        before = len(heard.results)
        threading.Event().wait(4)  # as long as what is wrong would happen
        assert len(heard.results) == before, heard.told


def test_what_is_no_drift_must_be_looked_at_at_most_once_each_time(scene: Scene) -> None:
    scene.app("api", config(mode="one"), deployment())
    scene.up()
    with scene.watched("correct") as heard:
        # the same value, by another hand: not ours alone any more, and yet as the documents say
        scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "two"}})
        until(lambda: scene.data() == {"mode": "one"} and heard.corrections, lambda: heard.told)
        scene.patch(CONFIG_MAP, "settings", {"data": {"more": "x"}}, "kubectl-patch")
        for number in range(10):
            scene.patch(DEPLOYMENT, "api", {"metadata": {"annotations": {"beat": str(number)}}}, "somebody")
        scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "three"}})
        until(lambda: len(heard.corrections) == 2, lambda: heard.told)
        heard.await_state("api", "InSync")
        assert scene.data() == {"mode": "one", "more": "x"}
        assert len(heard.results) <= 8, heard.told


def test_what_strayed_and_is_as_it_should_be_must_not_be_looked_at_again_and_again(scene: Scene) -> None:
    scene.app("api", config(mode="one"), deployment())
    scene.up()
    for mode in ("two", "one"):  # the field is theirs now, its value is ours
        scene.patch(CONFIG_MAP, "settings", {"data": {"mode": mode}})
    with scene.watched("correct") as heard:
        until(lambda: len(heard.results) >= 2, lambda: heard.told)  # at the beginning, and when the watch has told of it
        for number in range(10):
            turns = heard.turns
            scene.patch(DEPLOYMENT, "api", {"metadata": {"annotations": {"beat": str(number)}}}, "somebody")
            until(lambda turns=turns: heard.turns > turns + 2, lambda: heard.told)
        assert len(heard.results) <= 3, heard.told
        assert heard.corrections == []
