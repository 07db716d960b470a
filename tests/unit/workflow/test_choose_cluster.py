"""A cluster is used only when somebody named it, and the nearest name wins."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local_cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError, WronglyNamed
from ansible_collections.roro.kube.plugins.module_utils._model import Environment
from ansible_collections.roro.kube.plugins.module_utils._workflow import choose_cluster


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home with a kubeconfig whose current context is production, and a local cluster `dev`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "K8S_AUTH_HOST", "K8S_AUTH_CONTEXT", "K8S_AUTH_KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    kubeconfig = tmp_path / ".kube/config"
    kubeconfig.parent.mkdir()
    context = {"name": "production", "context": {"cluster": "c", "user": "u"}}
    clusters, users = [{"name": "c", "cluster": {"server": "https://cluster.example"}}], [{"name": "u", "user": {}}]
    kubeconfig.write_text(json.dumps({"current-context": "production", "contexts": [context], "clusters": clusters, "users": users}))
    make_local(tmp_path, "dev")
    return tmp_path


def make_local(home: Path, name: str) -> Path:
    path = home / "state/roro/clusters" / name / "kubeconfig"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    return path


def environment(**fields: object) -> Environment:
    return Environment(name="dev", folder=Path("/w"), document=Path("/w/environment.json"), **fields)  # type: ignore[arg-type]


def test_the_current_context_of_a_kubeconfig_must_never_be_taken_by_itself(home: Path) -> None:
    with pytest.raises(UsageError, match="no cluster is named"):
        choose_cluster(Connection(), environment(), {})


def test_a_pod_with_a_kubeconfig_must_not_have_its_current_context_taken_either(home: Path) -> None:
    with pytest.raises(UsageError):
        choose_cluster(Connection(), environment(), {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOME": str(home)})


def test_the_command_line_must_win_over_the_environment_document(home: Path) -> None:
    chosen = choose_cluster(Connection(context="mine"), environment(context="theirs"), {})
    assert (chosen.context, chosen.kubeconfig) == ("mine", None)


def test_variables_must_win_over_the_environment_document(home: Path) -> None:
    variables = {"K8S_AUTH_HOST": "https://cluster.example"}
    assert choose_cluster(Connection(), environment(context="theirs"), variables) == Connection()


def test_the_environment_document_must_be_followed(home: Path) -> None:
    path = home / ".kube/config"
    chosen = choose_cluster(Connection(), environment(context="theirs", kubeconfig=path, raw={"kubeconfig": str(path)}), {})
    assert (chosen.context, chosen.kubeconfig) == ("theirs", str(path))


@pytest.mark.parametrize("way", ["option", "variable", "document"])
def test_the_context_of_a_local_cluster_must_be_known_without_a_merge(home: Path, way: str) -> None:
    asked = Connection(context="roro-dev") if way == "option" else Connection()
    document = environment(context="roro-dev" if way == "document" else None)
    chosen = choose_cluster(asked, document, {"K8S_AUTH_CONTEXT": "roro-dev"} if way == "variable" else {})
    assert (chosen.context, chosen.kubeconfig) == ("roro-dev", str(home / "state/roro/clusters/dev/kubeconfig"))


def test_a_kubeconfig_that_was_named_must_not_be_replaced_by_a_local_one(home: Path) -> None:
    variables = {"K8S_AUTH_CONTEXT": "roro-dev", "K8S_AUTH_KUBECONFIG": "/theirs"}
    assert choose_cluster(Connection(), environment(), variables).kubeconfig is None


def test_the_local_cluster_roro_must_serve_where_nobody_named_one(home: Path) -> None:
    path = make_local(home, "roro")
    assert choose_cluster(Connection(), environment(), {}).kubeconfig == str(path)


def test_a_local_context_must_be_found_though_kubeconfig_names_a_file_without_it(home: Path) -> None:
    theirs = home / ".kube/config"
    local = home / "state/roro/clusters/dev/kubeconfig"
    assert choose_cluster(Connection(context="roro-dev"), None, {"KUBECONFIG": str(theirs)}).kubeconfig == str(local)


def test_a_context_that_kubeconfig_has_must_win_over_the_local_cluster_of_that_name(home: Path) -> None:
    theirs = home / ".kube/config"
    theirs.write_text(theirs.read_text().replace("production", "roro-dev"))
    assert choose_cluster(Connection(context="roro-dev"), None, {"KUBECONFIG": str(theirs)}) == Connection(context="roro-dev")


def test_a_kubeconfig_of_a_document_that_is_not_there_must_be_a_wrong_document(home: Path) -> None:
    folder = home / "environments" / "dev"
    folder.mkdir(parents=True)
    document = folder / "environment.json"
    document.write_text('{\n  "kubeconfig": "gone.yaml"\n}\n')
    named = Environment("dev", folder, document, kubeconfig=folder / "gone.yaml", raw={"kubeconfig": "gone.yaml"})

    with pytest.raises(WronglyNamed) as caught:
        choose_cluster(Connection(), named, {}, root=home)
    assert caught.value.exit_code == 2
    assert caught.value.problems[0].where == f"{document}:2:3"
    assert choose_cluster(Connection(context="mine"), named, {}).context == "mine"


def test_a_kubeconfig_variable_that_is_a_local_clusters_own_file_must_be_understood(home: Path, tmp_path: Path) -> None:
    path = home / "state/roro/clusters/dev/kubeconfig"
    make_local(home, "roro")
    (tmp_path / "link").symlink_to(path)
    for listed in (str(path), f":{path}:", str(tmp_path / "link")):
        assert choose_cluster(Connection(), environment(), {"KUBECONFIG": listed}).kubeconfig == listed.strip(":"), listed


@pytest.mark.parametrize("listed", ["{home}/.kube/config", "{dev}:{home}/.kube/config", "{dev}.copy", "{home}/kubeconfig", ""])
def test_a_kubeconfig_variable_of_the_person_must_never_be_taken_by_itself(home: Path, listed: str) -> None:
    dev = home / "state/roro/clusters/dev/kubeconfig"
    for copy in (Path(f"{dev}.copy"), home / "kubeconfig"):
        copy.write_bytes(dev.read_bytes())
    with pytest.raises(UsageError, match="no cluster is named"):
        choose_cluster(Connection(), environment(), {"KUBECONFIG": listed.format(home=home, dev=dev)})


@pytest.mark.parametrize("running", [[], ["dev"], ["dev", "scale"]])
def test_the_only_local_cluster_that_runs_must_serve_and_several_be_listed(
    home: Path, monkeypatch: pytest.MonkeyPatch, running: list[str]
) -> None:
    found = [SimpleNamespace(context=f"roro-{name}", kubeconfig=home / name) for name in running]
    monkeypatch.setattr(local_cluster, "running_clusters", lambda: found, raising=False)
    if len(running) == 1:
        assert choose_cluster(Connection(), environment(), {}).kubeconfig == str(home / "dev")
        return
    with pytest.raises(UsageError, match="no cluster is named") as refused:
        choose_cluster(Connection(), environment(), {})
    told = str(refused.value.problems[0].hint)
    assert ("--context roro-dev, --context roro-scale" in told) is bool(running), told


@pytest.fixture
def fleet(tmp_path: Path) -> dict[str, str]:
    """A kubeconfig of two clusters, as a job of AWX is given one."""
    names = ("staging", "production")
    contexts = [{"name": name, "context": {"cluster": name, "user": name}} for name in names]
    clusters = [{"name": name, "cluster": {"server": f"https://{name}.example"}} for name in names]
    document = {"current-context": "production", "contexts": contexts, "clusters": clusters, "users": [{"name": name} for name in names]}
    (tmp_path / "fleet").write_text(json.dumps(document))
    return {"K8S_AUTH_KUBECONFIG": str(tmp_path / "fleet")}


def test_one_given_kubeconfig_must_serve_environments_of_several_clusters(home: Path, fleet: dict[str, str]) -> None:
    assert choose_cluster(Connection(), environment(context="staging"), fleet) == Connection(context="staging")
    named = {**fleet, "K8S_AUTH_CONTEXT": "production"}
    assert choose_cluster(Connection(), environment(context="staging"), named) == Connection(context="production")


def test_the_current_context_must_not_stand_for_one_that_a_given_kubeconfig_lacks(home: Path, fleet: dict[str, str]) -> None:
    with pytest.raises(WronglyNamed, match=r'no context "elsewhere", which the environment dev names') as caught:
        choose_cluster(Connection(), environment(context="elsewhere"), fleet)
    assert "production, staging" in str(caught.value)


def test_a_given_kubeconfig_of_one_cluster_must_be_that_cluster(home: Path) -> None:
    only = {"K8S_AUTH_KUBECONFIG": str(home / ".kube/config")}
    assert choose_cluster(Connection(), environment(context="staging"), only) == Connection()
    assert choose_cluster(Connection(), environment(), only) == Connection()
