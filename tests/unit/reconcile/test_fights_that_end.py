"""A correction that the same manager undoes again and again is given up, named, and tried again after a long peace."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.roro.kube.plugins.module_utils._reconcile.fights import MOST, PEACE, WINDOW, Fights
from ansible_collections.roro.kube.plugins.module_utils._reconcile.types import Finding

EDIT = Finding("api", "Update", "ConfigMap", "shop", "settings", "data.mode differs", "rival-operator")


def corrected(fights: Fights, finding: Finding, times: int, step: float = 1.0, begin: float = 0.0) -> float:
    """So many corrections; when the next one would be."""
    now = begin
    for _ in range(times):
        assert fights.against([finding], now) == []
        fights.corrected([finding], now)
        now += step
    return now


def test_the_sixth_correction_in_a_row_must_be_a_fight_that_names_who_and_what() -> None:
    fights = Fights()
    (fight,) = fights.against([EDIT], corrected(fights, EDIT, MOST))
    assert (fight.times, fight.seconds) == (MOST, float(MOST))
    assert str(fight).startswith(
        '"rival-operator" undoes each correction of ConfigMap shop/settings (data.mode differs): 5 times within 5 s'
    )


def test_corrections_that_are_far_apart_must_be_no_fight() -> None:
    fights = Fights()
    corrected(fights, EDIT, 20, step=WINDOW / (MOST - 1))


def test_other_managers_objects_and_instances_must_not_count() -> None:
    fights = Fights()
    now = corrected(fights, EDIT, MOST)
    for other in (
        replace(EDIT, manager="kubectl-edit"),
        replace(EDIT, name="more"),
        replace(EDIT, instance="web"),
        replace(EDIT, kind="Secret"),
    ):
        assert fights.against([other], now) == []
    assert len(fights.against([EDIT, replace(EDIT, name="more")], now)) == 1


def test_a_fight_must_last_until_peace_and_then_begin_from_nothing() -> None:
    fights = Fights()
    now = corrected(fights, EDIT, MOST)
    (fight,) = fights.against([EDIT], now)
    assert fights.against([EDIT], now + PEACE - 1) == [fight]
    assert fights.against([EDIT], now + PEACE) == []
    again = corrected(fights, EDIT, MOST, begin=now + PEACE)
    assert len(fights.against([EDIT], again)) == 1


def test_other_documents_must_end_a_fight_of_their_instance_only() -> None:
    fights = Fights()
    web = replace(EDIT, instance="web")
    for finding in (EDIT, web):
        now = corrected(fights, finding, MOST)
        assert fights.against([finding], now)
    fights.forget(["api"])
    assert fights.against([EDIT], now) == []
    assert fights.against([web], now)
    corrected(fights, EDIT, MOST, begin=now)


def test_somebody_whom_nobody_can_name_must_be_told_so() -> None:
    fights, gone = Fights(), Finding("api", "Create", "Namespace", "", "shop", "it was deleted by somebody else")
    (fight,) = fights.against([gone], corrected(fights, gone, MOST))
    assert str(fight).startswith("somebody undoes each correction of Namespace shop (it was deleted")
