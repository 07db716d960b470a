"""`roro approve` carries out exactly the plan that was proposed, once, or nothing."""

from __future__ import annotations

import subprocess
import threading

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError, RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import ReconcileReport, approve
from reconcile_scene import CONFIG_MAP, Scene, config


def edit(scene: Scene, name: str = "settings", mode: str = "by hand") -> None:
    scene.patch(CONFIG_MAP, name, {"data": {"mode": mode}})


def proposed(scene: Scene) -> str:
    found = scene.once("propose").standing.proposal
    assert found is not None
    return found.id


@pytest.fixture
def shop(scene: Scene) -> Scene:
    scene.app("api", config(mode="one"))
    scene.app("web", config("web", mode="one"))
    scene.up()
    return scene


def git(scene: Scene, *words: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *settings, *words], cwd=scene.root, check=True, capture_output=True)


def test_a_plan_must_be_the_same_until_something_changes_and_be_carried_out_as_it_is(shop: Scene) -> None:
    edit(shop)
    plan = proposed(shop)
    assert plan.startswith("dev-") and proposed(shop) == plan
    before = shop.revisions()
    report = approve(shop.request, plan)
    assert [(one.instance, one.name) for one in report.corrected] == [("api", "settings")]
    assert not report.failed and report.changed and shop.data() == {"mode": "one"}
    assert shop.revisions() == before
    standing = shop.standing()
    assert standing is not None and standing.proposal is None
    with pytest.raises(UsageError, match="nothing is proposed"):
        approve(shop.request, plan)


def test_a_plan_must_be_refused_when_the_cluster_changed_since(shop: Scene) -> None:
    edit(shop)
    plan = proposed(shop)
    edit(shop, "web")
    shop.delete(CONFIG_MAP, "settings")
    with pytest.raises(PlanError, match="no longer what plan"):
        approve(shop.request, plan)
    assert shop.data() == {}
    assert shop.data("web") == {"mode": "by hand"}


def test_what_changed_elsewhere_since_must_be_left_as_it_is(shop: Scene) -> None:
    edit(shop)
    plan = proposed(shop)
    edit(shop, "web")
    assert not approve(shop.request, plan).failed
    assert (shop.data(), shop.data("web")) == ({"mode": "one"}, {"mode": "by hand"})


def test_a_plan_must_be_refused_when_the_documents_changed_since(shop: Scene) -> None:
    edit(shop)
    plan = proposed(shop)
    shop.app("api", config(mode="two"))
    with pytest.raises(UsageError, match="made for other documents"):
        approve(shop.request, plan)
    assert shop.data() == {"mode": "by hand"}


def test_a_plan_must_be_refused_at_another_commit(shop: Scene) -> None:
    git(shop, "init", "-q")
    git(shop, "add", "workspace.json", "apps", "environments")
    git(shop, "commit", "-qm", "one")
    edit(shop)
    plan = proposed(shop)
    git(shop, "commit", "-qm", "two", "--allow-empty")
    with pytest.raises(UsageError, match="made at commit"):
        approve(shop.request, plan)
    assert shop.data() == {"mode": "by hand"}
    assert proposed(shop) != plan


def test_a_plan_of_yesterday_must_be_refused_for_the_one_of_now(shop: Scene) -> None:
    edit(shop)
    old = proposed(shop)
    edit(shop, "web")
    new = proposed(shop)
    assert new != old
    with pytest.raises(UsageError, match=f"What is proposed now is {new}|no plan"):
        approve(shop.request, old)
    assert shop.data() == {"mode": "by hand"}


def test_of_two_who_approve_at_once_the_plan_must_be_carried_out_once_and_each_be_told_the_truth(shop: Scene) -> None:
    for _ in range(3):
        edit(shop)
        edit(shop, "web")
        plan = proposed(shop)
        reports: list[ReconcileReport] = []
        errors: list[RoroError] = []
        begin = threading.Barrier(2)

        def one(
            plan: str = plan, reports: list[ReconcileReport] = reports, errors: list[RoroError] = errors, begin: threading.Barrier = begin
        ) -> None:
            begin.wait()
            try:
                reports.append(approve(shop.request, plan))
            except RoroError as error:
                errors.append(error)

        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(reports) + len(errors) == 2
        corrected = sorted(found.name for report in reports for found in report.corrected)
        assert set(corrected) <= {"settings", "web"}, (reports, errors)
        for report in reports:
            told = {item.instance: item.state for item in report.standing.instances}
            mine = {found.instance for found in report.corrected}
            assert report.failed or report.differs or mine == {"api", "web"}, (told, mine)
        again = shop.once("correct")
        assert not again.failed
        assert (shop.data(), shop.data("web")) == ({"mode": "one"}, {"mode": "one"})
        assert {(instance, number) for instance, number, _ in shop.revisions()} == {("api", 1), ("web", 1)}


def test_what_leaves_the_documents_must_be_removed_by_approval_only(shop: Scene) -> None:
    import shutil

    shutil.rmtree(shop.root / "apps/web")
    plan = proposed(shop)
    assert shop.data("web") == {"mode": "one"}
    report = approve(shop.request, plan)
    assert [(found.action, found.name) for found in report.corrected] == [("Delete", "web")]
    assert shop.data("web") == {}
