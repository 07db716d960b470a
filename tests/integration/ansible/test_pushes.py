# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`examples/awx/rulebooks`: a push to a repository, by its hook and ansible-rulebook, is on the clusters; nothing else is believed."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from awx_fleet import BIN, Fleet

SECRET = "not the real one"
pytestmark = [
    pytest.mark.real_node,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("java") is None, reason="ansible-rulebook needs a Java, such as Debian's default-jre-headless"),
]


@dataclass
class Served:
    """A bare repository with the hook, a colleague's clone of it, the operator's, and ansible-rulebook at work in that."""

    fleet: Fleet
    place: Path
    port: int

    def git(self, where: str, *words: str) -> str:
        """Run git in one of the folders; what it printed."""
        person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        done = subprocess.run(["git", *person, *words], cwd=self.place / where, capture_output=True, text=True, check=True)
        return done.stdout + done.stderr

    def push(self, branch: str = "main") -> str:
        """Commit everything that the colleague has, and push it; what git said."""
        self.git("colleague", "commit", "--quiet", "--all", "--message", "{{ lookup('ansible.builtin.pipe', 'exit 1') }}")
        return self.git("colleague", "push", "--quiet", "origin", f"HEAD:{branch}")

    def retitle(self, title: str) -> None:
        """Another title of the page in dev."""
        file = self.place / "colleague" / "shop" / "environments" / "dev" / "environment.json"
        document = json.loads(file.read_text())
        document["variables"]["title"] = title
        file.write_text(json.dumps(document))

    def post(self, push: dict[str, str], secret: str | None) -> int:
        """Tell of a push as a Git server would, signed with the secret; the status."""
        body = json.dumps(push).encode()
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def runs(self) -> int:
        """How many playbooks have ended."""
        return (self.place / "log").read_text().count("PLAY RECAP")


@pytest.fixture
def served(fleet: Fleet, tmp_path: Path, eventually: Callable[..., object]) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Served(fleet, tmp_path, port)
    inventory = fleet.folder / "rulebooks" / "inventory" / "fleet.roro.yml"
    inventory.write_text(inventory.read_text().replace("/srv/fleet/shop", str(tmp_path / "operator" / "shop")))
    shutil.move(fleet.folder, tmp_path / "colleague")
    served.git(".", "init", "--quiet", "--bare", "--initial-branch", "main", "server.git")
    served.git("colleague", "init", "--quiet", "--initial-branch", "main")
    served.git("colleague", "add", ".")
    served.git("colleague", "remote", "add", "origin", str(tmp_path / "server.git"))
    served.push()
    served.git(".", "clone", "--quiet", "server.git", "operator")
    (tmp_path / "secret").write_text(SECRET)
    served.git("server.git", "config", "roro.webhook", f"http://127.0.0.1:{port}/")
    served.git("server.git", "config", "roro.webhookSecretFile", str(tmp_path / "secret"))
    shutil.copy(tmp_path / "operator" / "rulebooks" / "post-receive", tmp_path / "server.git" / "hooks" / "post-receive")
    given = {"WEBHOOK_SECRET": SECRET, "WEBHOOK_PORT": str(port), "WEBHOOK_HOST": "127.0.0.1"}
    command = ["--rulebook", "rulebooks/reconcile.yml", "--inventory", "rulebooks/inventory", "--env-vars", ",".join(given)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(BIN / "ansible-rulebook"), *command],
            cwd=tmp_path / "operator",
            env={**fleet.environ, **given, "ANSIBLE_CONFIG": str(tmp_path / "operator" / "ansible.cfg")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: process.poll() is not None or _listens(port), deadline=60)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def test_a_push_must_reach_the_clusters_and_nothing_unsigned_may(served: Served, eventually: Callable[..., object]) -> None:
    served.retitle("The pushed shop")

    refused = [served.post({"ref": "refs/heads/main"}, secret) for secret in (None, "guessed")]
    served.push("feature")

    assert refused == [400, 401]
    assert served.runs() == 0, "neither those nor another branch may set anything going"
    assert served.git("colleague", "push", "--quiet", "origin", "HEAD:main") == ""
    eventually(lambda: served.runs() == 1, deadline=120)
    log = (served.place / "log").read_text()
    assert served.fleet.page("dev") == "<h1>The pushed shop</h1>\n", log
    assert served.fleet.ready() == [1, 2, 2]
    assert "a-demo-key" not in log and SECRET not in log
    assert served.post({"ref": "refs/heads/main", "after": "{{ lookup('ansible.builtin.pipe', 'exit 1') }}"}, SECRET) == 200
    eventually(lambda: served.runs() == 2, deadline=60)
    assert "changed=0" in (served.place / "log").read_text().rpartition("PLAY RECAP")[2]


def test_without_a_secret_nothing_may_listen(fleet: Fleet) -> None:
    """ansible-rulebook itself would take an empty one, which everybody knows."""
    fleet.environ["WEBHOOK_SECRET"] = ""
    words = ("--rulebook", "rulebooks/reconcile.yml", "--inventory", "rulebooks/inventory", "--env-vars", "WEBHOOK_SECRET")
    assert "'WEBHOOK_SECRET_is_empty' is undefined" in fleet.run("ansible-rulebook", *words, status=1)
