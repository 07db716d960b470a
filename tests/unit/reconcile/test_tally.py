"""How instances stand, what is proposed, and what of it is news."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.roro.kube.plugins.module_utils._reconcile.looking import Looked, proposal_id
from ansible_collections.roro.kube.plugins.module_utils._reconcile.tally import Tally, after_correcting, after_looking, told
from ansible_collections.roro.kube.plugins.module_utils._reconcile.types import Finding, Standing, standing_of

EDIT = Finding("api", "Update", "ConfigMap", "shop", "settings", "data.mode differs", "kubectl-edit")
GONE = Finding("web", "Create", "ConfigMap", "shop", "web", "it was deleted by somebody else")


def tally() -> Tally:
    return Tally("shop", "dev", "ann@laptop")


def test_the_same_must_be_no_news_and_keep_its_time() -> None:
    found = tally()
    assert found.put("api", "Drifted", "10:00", "x", [EDIT])
    assert not found.put("api", "Drifted", "10:05", "x", [EDIT])
    assert found.put("api", "Drifted", "10:10", "y", [EDIT])
    item = found.of("api")
    assert item is not None and (item.since, item.message) == ("10:00", "y")
    assert found.put("api", "InSync", "10:20")
    item = found.of("api")
    assert item is not None and item.since == "10:20"


def test_what_was_rolled_back_must_be_remembered_until_it_stands_differently() -> None:
    found = tally()
    found.put("api", "Failed", "10:00", "not ready")
    found.rolled_back("api", "digest")
    found.put("api", "Failed", "10:05", "not ready")
    kept = standing_of(found.standing("correct", "abc", "d", "11:00").as_record()).of("api")
    assert kept is not None and kept.rolled_back == "digest"
    found.put("api", "InSync", "10:10")
    item = found.of("api")
    assert item is not None and item.rolled_back == ""


def test_many_findings_must_be_kept_whole_only_where_they_are_a_plan() -> None:
    many = [replace(EDIT, name=f"c{number}") for number in range(80)]
    found = tally()
    for state, count in (("Drifted", 50), ("Proposed", 80)):
        found.put("api", state, "10:00", "", many)  # type: ignore[arg-type]
        item = found.of("api")
        assert item is not None and len(item.findings) == count
    proposal = found.standing("propose", "abc", "d", "11:00").proposal
    assert proposal is not None and proposal.id == proposal_id("dev", "abc", many) and len(proposal.findings) == 80


def test_only_what_is_in_the_environment_must_be_kept() -> None:
    found = tally()
    for name in ("api", "web", "old"):
        found.put(name, "InSync", "10:00")
    found.keep(["api", "web", "new"])
    assert [item.instance for item in found.standing("report", "", "", "").instances] == ["api", "web"]


def test_a_plan_must_have_the_same_id_whatever_the_order_and_another_for_anything_else() -> None:
    same = proposal_id("dev", "abc", [EDIT, GONE])
    assert proposal_id("dev", "abc", [GONE, EDIT, EDIT]) == same
    others = [
        proposal_id("dev", "abd", [EDIT, GONE]),
        proposal_id("dev", "abc", [EDIT]),
        proposal_id("dev", "abc", [replace(EDIT, cause="data.level differs"), GONE]),
        proposal_id("dev", "abc", [replace(EDIT, action="Delete"), GONE]),
        proposal_id("dev", "abc", [replace(EDIT, namespace="other"), GONE]),
    ]
    assert len({same, *others}) == 6
    assert same.startswith("dev-") and len(same) == len("dev-") + 6


@pytest.mark.parametrize(
    ("looked", "state"),
    [
        (Looked((EDIT,)), "InSync"),
        (Looked((EDIT,), failed={"api": "no"}), "Failed"),
        (Looked((EDIT,), locked=frozenset({"api"})), "Waiting"),
        (Looked(fighting={"api": "a fight"}), "Fighting"),
        (Looked((EDIT,), failed={"api": "no"}, fighting={"api": "a fight"}), "Fighting"),
    ],
)
def test_what_was_not_brought_about_must_not_stand_as_if_it_was(looked: Looked, state: str) -> None:
    stands = after_correcting(looked, ["api", "web"])
    assert (stands["api"][0], stands["web"][0]) == (state, "InSync")
    assert [one.instance for one in looked.seen_to] == (["api"] if state == "InSync" else [])


def test_a_look_must_leave_what_differs_as_it_is_found() -> None:
    assert after_looking(Looked((EDIT, GONE)), "report", ["api", "web", "more"])["web"] == ("Drifted", str(GONE), [GONE])
    assert after_looking(Looked((EDIT,)), "propose", ["api", "web"])["api"][0] == "Proposed"
    assert after_looking(Looked(locked=frozenset({"api"})), "propose", ["api"])["api"][0] == "Waiting"


def test_many_findings_must_be_told_in_one_line() -> None:
    assert told([EDIT] * 5).endswith(" and 2 more") and told([EDIT]) == str(EDIT)


def test_a_standing_must_come_back_from_its_record_and_a_newer_one_too() -> None:
    found = tally()
    found.put("api", "Proposed", "10:00", "m", [EDIT])
    standing = found.standing("propose", "abc", "d", "11:00", "no server")
    record = standing.as_record()
    assert standing_of(record) == standing
    assert standing_of({**record, "later": 1}) == standing
    with pytest.raises((TypeError, KeyError, ValueError)):
        standing_of({**record, "instances": [{"instance": 1}]})
    assert Standing("shop", "dev").of("api") is None
