# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`examples/awx` on real clusters: as AWX runs it, as its operators try it, and as a push to its repository sets it going."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ansible_runner
import pytest
from awx_fleet import BIN, DEMO_PASSWORD, Fleet

PAGE = Path(__file__).parents[3] / "docs" / "awx.md"
EVERY = ("dev", "staging", "prod")
pytestmark = [pytest.mark.real_node, pytest.mark.timeout(300)]


class Job:
    """One job of AWX: the project without `.git`, the inventory as a script of what the sync exported, the vault password at a prompt,
    and the kubeconfig by the variable of a credential."""

    def __init__(self, fleet: Fleet, place: Path):
        self.fleet, self.folder = fleet, place
        shutil.copytree(fleet.folder, place / "project", symlinks=True, ignore=shutil.ignore_patterns(".git"))
        without = {key: value for key, value in fleet.environ.items() if key != "ANSIBLE_VAULT_PASSWORD_FILE"}
        export = [str(BIN / "ansible-inventory"), "--list", "--export", "-i", "inventory/fleet.roro.yml", "--playbook-dir", "inventory"]
        listed = subprocess.run(export, cwd=place / "project", env=without, capture_output=True, text=True, check=True)
        (place / "inventory").mkdir()
        script = place / "inventory" / "hosts"
        script.write_text(f"#!{sys.executable}\nprint({json.dumps(listed.stdout)})\n")
        script.chmod(0o700)
        self.environ = {key: without[key] for key in ("PATH", "ANSIBLE_NOCOLOR")} | {"K8S_AUTH_KUBECONFIG": without["KUBECONFIG"]}

    def run(self, playbook: str, words: str = "", **variables: object) -> tuple[ansible_runner.Runner, str]:
        """Run it; the runner's own result and everything that the job printed."""
        for kept in ("env", "artifacts"):
            shutil.rmtree(self.folder / kept, ignore_errors=True)
        done = ansible_runner.run(
            private_data_dir=str(self.folder),
            playbook=f"playbooks/{playbook}.yml",
            cmdline=f"--ask-vault-pass {words}",
            passwords={"Vault password:": DEMO_PASSWORD},
            extravars=variables,
            envvars=self.environ,
            quiet=True,
        )
        return done, done.stdout.read()


def test_the_project_must_run_as_awx_runs_it(fleet: Fleet, tmp_path: Path) -> None:
    """Each job has the project in a new place, without Git data; it is the same workspace all the same."""
    first = Job(fleet, tmp_path / "job-1")

    done, output = first.run("up")

    assert (done.status, done.stats["changed"]) == ("successful", {f"{fleet.name}-{name}": 1 for name in EVERY}), output
    assert fleet.ready() == [1, 2, 2]
    assert "a-demo-key" not in output
    done, output = Job(fleet, tmp_path / "job-2").run("up")
    assert (done.status, done.stats["changed"]) == ("successful", {}), output
    fleet.change(image="docker.io/library/none:1")
    checked, output = Job(fleet, tmp_path / "job-3").run("up", f"--limit {fleet.name}-dev --check --diff")
    assert (checked.status, checked.stats["changed"]) == ("successful", {f"{fleet.name}-dev": 1}), output
    assert "+          image: docker.io/library/none:1" in re.sub(r"\+ +", "+          ", output)


def test_what_was_checked_must_be_what_is_approved(fleet: Fleet) -> None:
    limit = ("--limit", f"{fleet.name}-dev")
    fleet.play("up", *limit)
    environment = fleet.folder / "shop" / "environments" / "dev" / "environment.json"
    environment.write_text(environment.read_text().replace("(dev)", "(new)"))

    checked = fleet.play("check", *limit)

    assert "page" in checked and "(dev)" in fleet.page("dev")
    fleet.play("approve", *limit)
    assert "(new)" in fleet.page("dev")
    assert "changed=0" in fleet.play("approve", *limit)


def test_an_environment_must_live_by_the_playbooks_of_the_project(fleet: Fleet) -> None:
    limit = ("--limit", f"{fleet.name}-dev")
    fleet.play("up", *limit)
    for name in ("stop", "start", "restart"):
        assert "changed=1" in fleet.play(name, *limit)
    assert f"{fleet.name}-dev" in fleet.play("status", *limit)
    assert "Without a limit this is done to every environment" in fleet.play("down", status=2)
    fleet.play("down", "-e", "fleet_whole=true")
    assert fleet.read("dev", "Deployment", "web") is None


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("no vault password", "Attempting to decrypt but no vault secrets found"),
        ("no such context", 'there is no context "test"'),
        ("another inventory", "Could not match supplied host pattern, ignoring: roro_environments"),
        ("no such environment", "Could not match supplied host pattern, ignoring: shop-qa"),
    ],
)
def test_the_page_must_have_the_words_that_people_see(fleet: Fleet, cluster_kubeconfig: Path, what: str, words: str) -> None:
    arguments = ["--limit", f"{fleet.name}-dev"]
    if what == "no vault password":
        del fleet.environ["ANSIBLE_VAULT_PASSWORD_FILE"]
    elif what == "no such context":
        fleet.environ["KUBECONFIG"] = str(cluster_kubeconfig)
    elif what == "another inventory":
        arguments = ["-i", "localhost,"]
    else:
        arguments = ["--limit", "shop-qa"]
    output = fleet.run("ansible-playbook", "playbooks/status.yml", *arguments, status=None)
    assert "failed=1" in output or "[ERROR]" in output
    assert words in re.sub(r"\s+", " ", output) and words in PAGE.read_text()


def test_the_commands_of_the_page_must_work_one_after_the_other(fleet: Fleet, tmp_path: Path) -> None:
    """As they stand there, but for the names of the environments, which are this test's own."""
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    shutil.move(fleet.environ.pop("KUBECONFIG"), home / ".kube" / "fleet")
    del fleet.environ["ANSIBLE_VAULT_PASSWORD_FILE"]
    (tmp_path / "examples").mkdir()
    shutil.move(fleet.folder, tmp_path / "examples" / "awx")
    blocks = re.findall(r"<!-- test: page -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    script = "set -eux\n" + "".join(blocks).replace("shop-dev", f"{fleet.name}-dev")
    (tmp_path / "page.sh").write_text(script)

    environ = {**fleet.environ, "HOME": str(home)}
    done = subprocess.run(["bash", "page.sh"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=240, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    session = fleet.read("dev", "Secret", "session")
    assert session is not None and len(session["data"]["key"]) == 44, "the last thing that the page does is another key"
    status = subprocess.run(["git", "status", "--short"], cwd=tmp_path / "fleet", capture_output=True, text=True, check=True).stdout
    assert status.split() == ["M", "inventory/group_vars/roro_environments/vault.yml"], "nothing may be left behind that somebody commits"
