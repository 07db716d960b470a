"""Finding and reading a workspace: what is found, and what is refused however it is hidden."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import files, load_workspace, select

WriteWorkspace = Callable[..., Path]


def problems_of(root: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        load_workspace(root)
    return [str(problem) for problem in caught.value.problems]


def test_three_short_files_must_be_a_workspace(write_workspace: WriteWorkspace) -> None:
    workspace = load_workspace(write_workspace())

    assert (workspace.name, list(workspace.apps), list(workspace.environments)) == ("shop", ["api"], ["dev"])
    assert workspace.apps["api"].manifests.path == workspace.root / "apps/api/manifests"


def test_workspace_must_be_found_from_a_folder_below_it_and_from_its_document(write_workspace: WriteWorkspace) -> None:
    root = write_workspace()

    assert load_workspace(root / "apps" / "api").root == root.resolve()
    assert load_workspace(root / "workspace.json").root == root.resolve()


def test_missing_workspace_must_say_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="roro init"):
        load_workspace(tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        load_workspace(tmp_path / "nowhere")


@pytest.mark.parametrize("suffix", ["yaml", "yml"])
def test_yaml_must_mean_the_same_as_json(write_workspace: WriteWorkspace, tmp_path: Path, suffix: str) -> None:
    root = write_workspace(
        apps={},
        environments={},
        files={
            f"apps/api/app.{suffix}": "variables: {count: 010, on: yes, day: 2024-01-01, time: 12:30}\ntimeout: 1h30m\n",
            "apps/api/manifests/a.yaml": "a: b",
            f"environments/dev/environment.{suffix}": "x-note: {any: thing}\ninstances:\n- app: api\n",
        },
    )

    app = load_workspace(root).apps["api"]

    assert {name: variable.value for name, variable in app.variables.items()} == {
        "count": 10,
        "on": "yes",
        "day": "2024-01-01",
        "time": "12:30",
    }
    assert app.timeout == 5400.0


def test_yaml_anchors_and_merge_keys_must_work(write_workspace: WriteWorkspace) -> None:
    text = "x-base: &base {cpu: 1, memory: 2}\nvariables:\n  small: *base\n  big: {<<: *base, cpu: 4}\n"
    root = write_workspace(apps={}, files={"apps/api/app.yaml": text, "apps/api/manifests/a.yaml": "a: b"})

    variables = load_workspace(root).apps["api"].variables

    assert variables["small"].value == {"cpu": 1, "memory": 2}
    assert variables["big"].value == {"cpu": 4, "memory": 2}


def test_good_documents_must_not_cost_the_explaining_libraries(write_workspace: WriteWorkspace) -> None:
    root = write_workspace()
    code = (
        "import sys; from pathlib import Path; "
        "from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, select; "
        f"select(load_workspace(Path({str(root)!r})), 'dev'); print([m for m in ('jsonschema', 'ruamel.yaml') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_everything_wrong_in_every_document_must_be_told_at_once(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(
        workspace={"onFailure": "explode"},
        apps={"api": {"timeout": "soon", "dependOn": ["db"]}, "db": {"variables": {"bad-name": 1}}},
        environments={"dev": {"instances": [{"app": "ap"}]}, "prod": {"contex": "prod"}},
    )

    found = problems_of(root)

    assert [problem.partition(": ")[0].rpartition(":")[0].rpartition(":")[0] for problem in found] == [
        "apps/api/app.json",
        "apps/api/app.json",
        "apps/db/app.json",
        "environments/dev/environment.json",
        "environments/prod/environment.json",
        "workspace.json",
    ]


def test_nested_patterns_must_find_apps_at_any_depth(write_workspace: WriteWorkspace) -> None:
    files_ = {f"services/{team}/app.json": "{}" for team in ("a/one", "b/c/two")}
    files_ |= {f"services/{team}/manifests/x.yaml": "a: b" for team in ("a/one", "b/c/two")}
    files_ |= {"services/.git/three/app.json": "{}"}

    workspace = load_workspace(write_workspace(workspace={"apps": ["services/**"]}, files=files_))

    assert sorted(workspace.apps) == ["one", "two"]


def test_folder_that_two_patterns_match_must_be_one_app(write_workspace: WriteWorkspace) -> None:
    workspace = load_workspace(write_workspace(workspace={"apps": ["apps/*", "apps/api"]}))

    assert list(workspace.apps) == ["api"]


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "apps/../../x", "a\\b", "./"])
def test_pattern_must_not_lead_outside(write_workspace: WriteWorkspace, pattern: str) -> None:
    assert any("could lead outside" in problem for problem in problems_of(write_workspace(workspace={"apps": [pattern]})))


def test_pattern_that_matches_nothing_must_be_told(write_workspace: WriteWorkspace) -> None:
    assert any('matches "services/*"' in problem for problem in problems_of(write_workspace(workspace={"apps": ["services/*"]})))


def outside_app(tmp_path: Path) -> Path:
    secret = tmp_path / "outside"
    (secret / "manifests").mkdir(parents=True)
    (secret / "app.json").write_text('{"description": "secret"}')
    (secret / "manifests" / "a.yaml").write_text("a: b")
    return secret


def test_link_to_a_folder_outside_must_not_be_followed(write_workspace: WriteWorkspace, tmp_path: Path) -> None:
    root = write_workspace()
    (root / "apps" / "evil").symlink_to(outside_app(tmp_path), target_is_directory=True)

    assert any("leads outside the workspace" in problem for problem in problems_of(root))


def test_link_to_a_document_outside_must_not_be_read(write_workspace: WriteWorkspace, tmp_path: Path) -> None:
    root = write_workspace()
    (root / "environments" / "prod").mkdir()
    secret = tmp_path / "secret.json"
    secret.write_text("top secret")
    (root / "environments" / "prod" / "environment.json").symlink_to(secret)

    found = problems_of(root)

    assert any("leads outside the workspace" in problem for problem in found)
    assert "top secret" not in str(found)


def test_link_to_manifests_outside_the_app_must_be_refused(write_workspace: WriteWorkspace, tmp_path: Path) -> None:
    root = write_workspace(apps={"api": {"manifests": {"path": "linked"}}})
    (root / "apps" / "api" / "linked").symlink_to(outside_app(tmp_path), target_is_directory=True)

    assert any("leads outside the app's folder" in problem for problem in problems_of(root))


def test_link_that_stays_inside_must_be_followed(write_workspace: WriteWorkspace) -> None:
    root = write_workspace()
    (root / "apps" / "api" / "app.json").unlink()
    (root / "shared.json").write_text('{"description": "shared"}')
    (root / "apps" / "api" / "app.json").symlink_to("../../shared.json")

    assert load_workspace(root).apps["api"].description == "shared"


def test_broken_link_must_be_told(write_workspace: WriteWorkspace) -> None:
    root = write_workspace()
    (root / "apps" / "api" / "app.json").unlink()
    (root / "apps" / "api" / "app.json").symlink_to("nowhere.json")

    assert any("cannot be read" in problem for problem in problems_of(root))


def test_named_pipe_must_be_refused_without_waiting_for_a_writer(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(environments={})
    (root / "environments" / "dev").mkdir(parents=True)
    os.mkfifo(root / "environments" / "dev" / "environment.json")

    assert any("not a regular file" in problem for problem in problems_of(root))


def test_too_large_document_must_be_refused(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(files={"apps/api/app.json": '{"description": "' + "x" * files.MAX_BYTES + '"}'})

    assert any("larger than 512 KiB" in problem for problem in problems_of(root))


def test_folder_with_too_many_entries_must_be_refused(write_workspace: WriteWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_workspace(apps={f"app{number}": {} for number in range(5)})
    monkeypatch.setattr(files, "MAX_ENTRIES", 4)

    assert any("more than 4 entries" in problem for problem in problems_of(root))


def test_manifests_folder_with_too_many_files_must_be_refused(write_workspace: WriteWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"apps/api/manifests/{number}.txt": "" for number in range(9)}
    root = write_workspace(apps={"api": {"manifests": {"include": ["*.json"]}}, "db": {}}, files=many)
    (root / "apps/db/manifests/settings.yaml").unlink()
    (root / "apps/db/manifests/note.txt").write_text("")
    monkeypatch.setattr(files, "MAX_ENTRIES", 8)

    found = problems_of(root)

    assert any("more than 8 files" in problem for problem in found)
    assert any("there are no manifests in apps/db/manifests" in problem for problem in found)


def test_byte_order_mark_must_not_matter(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(files={"apps/api/app.json": b'\xef\xbb\xbf{"description": "caf\xc3\xa9"}'})

    assert load_workspace(root).apps["api"].description == "café"


def test_chart_must_not_need_matching_files(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(apps={"api": {"manifests": {"path": "chart"}}, "db": {"manifests": {"engine": "kustomize"}}})
    (root / "apps/api/chart").mkdir()
    (root / "apps/api/chart/Chart.yaml").write_text("name: api")

    assert load_workspace(root).apps["api"].manifests.engine is None


def test_one_file_may_be_the_manifests(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(apps={"api": {"manifests": {"path": "manifests/settings.yaml"}}})

    assert load_workspace(root).apps["api"].manifests.path.name == "settings.yaml"


def test_git_address_with_a_password_must_be_refused_without_showing_it(write_workspace: WriteWorkspace) -> None:
    found = problems_of(write_workspace(workspace={"git": {"url": "https://me:hunter2@git.example/shop.git"}}))

    assert "holds a password" in found[0]
    assert "hunter2" not in found[0]


def test_git_must_have_its_defaults(write_workspace: WriteWorkspace) -> None:
    workspace = load_workspace(write_workspace(workspace={"git": {"url": "git@git.example:shop.git"}}))

    assert workspace.git == {"url": "git@git.example:shop.git", "branch": "main", "interval": 60.0, "strategy": "rebase", "push": False}


def test_kubeconfig_must_be_relative_to_the_environment(write_workspace: WriteWorkspace) -> None:
    root = write_workspace(environments={"dev": {"kubeconfig": "kube.yaml", "context": "kind-dev"}, "prod": {"kubeconfig": "~/kube"}})

    workspace = load_workspace(root)

    assert workspace.environments["dev"].kubeconfig == workspace.root / "environments/dev/kube.yaml"
    assert workspace.environments["prod"].kubeconfig == Path.home() / "kube"
    assert select(workspace, "dev").environment.context == "kind-dev"
