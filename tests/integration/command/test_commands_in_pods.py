"""What Compose people type beside up and down must do what they mean: exec, cp, run, top, ls, and what init makes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._exec import copying
from ansible_collections.roro.kube.plugins.module_utils._exec.choose import Place
from command_runs import Ran
from command_workspace import Workspace

IMAGE = "docker.io/library/roro-box:1"
PROMPT = r"[#$] "


@pytest.fixture
def hello(make_workspace: Callable[[Path], Workspace], tmp_path: Path) -> Workspace:
    """What `roro init` makes, not up yet."""
    made = tmp_path / "made"
    subprocess.run([sys.executable, "-m", "roro", "init", str(made), "--image", IMAGE], check=True, capture_output=True, timeout=60)
    return make_workspace(made)


def up(workspace: Workspace, *more: str) -> Ran:
    """Bring it up without what runs on this machine."""
    ran = workspace.roro("up", "dev", "--no-forward", *more)
    assert ran.code == 0, ran.told
    return ran


def fed(workspace: Workspace, text: str, *arguments: str) -> Ran:
    """The command with this text on a pipe as its stdin."""
    program = ("sh", "-c", 'printf "$TEXT" | "$PYTHON" -m roro "$@"', "sh")
    return workspace.roro.start(*arguments, program=program, TEXT=text, PYTHON=sys.executable).wait()


def pods(workspace: Workspace, cluster: Cluster) -> list[str]:
    """Names of the pods that are there."""
    found = cluster.list(cluster.resource("v1", "Pod"), workspace.namespace).items
    return [pod["metadata"]["name"] for pod in found if not pod["metadata"].get("deletionTimestamp")]


def test_what_init_makes_must_run_and_be_reached_read_and_checked(hello: Workspace) -> None:
    ran = hello.roro("up", "dev")
    assert ran.code == 0, ran.told
    (forward,) = [line.split(": ")[1] for line in ran.stdout.splitlines() if line.startswith("hello/http: ")]
    with urllib.request.urlopen(forward, timeout=30) as page:
        assert page.read() == b"Good morning from dev\n"
    assert "greeting with: Good morning from dev" in hello.roro("logs", "dev", "hello").stdout
    (row,) = hello.roro("ps", "dev", "-o", "json").document["instances"]
    assert (row["status"], len(row["forwards"]), len(row["health"])) == ("Running", 1, 1)
    assert hello.roro("down", "dev").code == 0


def test_exec_must_pass_on_output_input_and_exit_code(hello: Workspace) -> None:
    up(hello)
    ran = hello.roro("exec", "dev", "hello", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (ran.code, ran.stdout, ran.stderr) == (7, "out\n", "err\n")
    # The end of a pipe is the end of stdin, not one byte more or less, and options may stand before the names as in Compose.
    counted = fed(hello, "a\\nb", "exec", "-T", "dev", "hello", "busybox", "wc", "-c")
    assert (counted.code, counted.stdout) == (0, "3\n")
    assert hello.roro("exec", "hello", "-c", "web", "--", "cat", "/tmp/www/index.html").stdout == "Good morning from dev\n"
    absent = hello.roro("exec", "dev", "hello", "--", "nosuch")
    assert absent.code == 127
    assert 'it has no command "nosuch"' in absent.stderr
    strange = hello.roro("exec", "dev", "hello", "-c", "nope", "--", "ls")
    assert (strange.code, "containers: web" in strange.stderr) == (1, True)
    assert hello.roro("exec", "dev", "hello").code == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_whoever_interrupts_a_command_must_be_told_that_it_goes_on(hello: Workspace, number: signal.Signals, code: int) -> None:
    up(hello)
    running = hello.roro.start("exec", "dev", "hello", "--", "sh", "-c", "echo begun; busybox sleep 1000")
    running.wait_for_line("begun", stream="stdout")
    running.process.send_signal(number)
    ran = running.wait()
    assert (ran.code, "may go on in the pod" in ran.stderr) == (code, True), ran.told


def test_a_shell_must_have_the_window_the_keys_and_the_exit_code(hello: Workspace) -> None:
    up(hello)
    terminal = hello.roro.on_terminal("exec", "dev", "hello")
    terminal.expect(PROMPT)
    terminal.sendline("busybox stty size")
    terminal.expect("40 150")
    terminal.setwinsize(20, 70)
    terminal.sendline("while ! busybox stty size | grep -q 70; do :; done; busybox stty size")
    terminal.expect("20 70")
    terminal.sendline("echo be''gun; busybox sleep 1000; echo st''ill")
    terminal.expect("begun")
    terminal.sendintr()
    terminal.expect(PROMPT)
    terminal.sendline("exit 9")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 9


def test_files_and_folders_must_come_back_as_they_went(hello: Workspace, tmp_path: Path) -> None:
    up(hello)
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "run.sh").write_text("#!/bin/sh\n")
    (tree / "run.sh").chmod(0o750)
    big = os.urandom(3_000_001)
    (tree / "sub" / "-big file").write_bytes(big)
    (tree / "link").symlink_to("sub/-big file")
    (tree / "out").symlink_to("/etc/passwd")
    assert hello.roro("cp", "dev", str(tree), "hello:/tmp").code == 0
    back = hello.roro("cp", "dev", "hello:/tmp/tree", str(tmp_path / "back"))
    assert back.code == 0, back.told
    assert "would be a link to /etc/passwd" in back.stderr
    found = {path.relative_to(tmp_path / "back").as_posix() for path in (tmp_path / "back").rglob("*")}
    assert found == {"run.sh", "sub", "sub/-big file", "link"}
    assert (tmp_path / "back" / "run.sh").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "back" / "link").read_bytes() == big
    lost = hello.roro("cp", "dev", "hello:/nosuch", str(tmp_path))
    assert (lost.code, "/nosuch is not there" in lost.stderr) == (1, True)
    assert hello.roro("cp", "dev", "here", "there").code == 2


def test_without_tar_single_files_must_be_copied_whole(
    hello: Workspace, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(hello)
    (name,) = pods(hello, cluster)
    copier = copying.Copier(cluster, Place(hello.namespace, name, "web"), lambda _: None, lambda _: None)
    look = copying.Copier._look
    monkeypatch.setattr(copying.Copier, "_look", lambda self, path: (look(self, path)[0], False))
    data = os.urandom(1_000_003)
    (tmp_path / "here").write_bytes(data)
    (tmp_path / "here").chmod(0o640)
    assert copier.into(tmp_path / "here", "/tmp/there").bytes == len(data)
    told = hello.roro("exec", "dev", "hello", "--", "sh", "-c", "busybox sha256sum < /tmp/there; busybox stat -c %a /tmp/there")
    assert told.stdout.split() == [hashlib.sha256(data).hexdigest(), "-", "640"]
    copier.out("/tmp/there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data


def test_a_one_off_must_be_like_its_instance_and_leave_nothing(hello: Workspace, cluster: Cluster) -> None:
    up(hello)
    before = pods(hello, cluster)
    ran = hello.roro("run", "dev", "hello", "-e", "MORE=5", "--", "sh", "-c", "echo $GREETING $MORE; exit 4")
    assert (ran.code, ran.stdout) == (4, "Good morning from dev 5\n")
    counted = fed(hello, "abc", "run", "dev", "hello", "--", "sh", "-c", "echo begin; busybox wc -c")
    assert (counted.code, counted.stdout.split()) == (0, ["begin", "3"])
    assert pods(hello, cluster) == before
    assert hello.roro("ps", "dev", "-o", "json").document["instances"][0]["status"] == "Running"


def test_what_a_killed_run_left_must_go_with_down(hello: Workspace, cluster: Cluster, eventually: Callable[..., Any]) -> None:
    up(hello)
    (usual,) = pods(hello, cluster)
    running = hello.roro.start("run", "dev", "hello", "--", "sh", "-c", "echo begun; busybox sleep 1000")
    running.wait_for_line("begun", stream="stdout")
    running.process.send_signal(signal.SIGKILL)
    running.wait()
    (left,) = [name for name in pods(hello, cluster) if name != usual]
    assert left.startswith("hello-run-")
    picked = hello.roro("exec", "dev", "hello", "--", "busybox", "hostname")
    assert picked.stdout.strip() == usual
    assert hello.roro("down", "dev").code == 0
    assert cluster.get(cluster.resource("v1", "Pod"), hello.namespace, left) is None


def test_what_is_deployed_and_by_whom_must_be_told_without_its_workspace(hello: Workspace, tmp_path: Path) -> None:
    up(hello)
    listed = hello.roro("ls", "-n", hello.namespace, "-o", "json", RORO_WORKSPACE=str(tmp_path))
    assert listed.code == 0, listed.told
    (row,) = listed.document["instances"]
    assert [row[key] for key in ("workspace", "environment", "instance", "status", "revision")] == [
        hello.name,
        "dev",
        "hello",
        "Running",
        1,
    ]
    assert "@" in row["who"]
    assert str(hello.root) in row["origin"]
    assert hello.name in hello.roro("ls").stdout


def test_what_instances_use_must_be_told_when_it_was_measured(hello: Workspace, eventually: Callable[..., Any]) -> None:
    up(hello)

    def measured() -> Any:
        told = hello.roro("top", "dev", "-o", "json")
        assert told.code == 0, told.told
        return told.document["containers"]

    (row,) = eventually(measured, deadline=150.0, pause=3.0)
    assert (row["instance"], row["container"], row["memoryLimit"]) == ("hello", "web", 64 * 1024**2)
    assert "64Mi" in hello.roro("top", "dev").stdout


def test_configuration_that_changed_must_reach_the_pods(hello: Workspace) -> None:
    assert "updated" not in up(hello).stdout
    change = ("--var", "greeting=Hi")
    words = f"hello: update Deployment hello (ConfigMap {hello.namespace}/hello: data.GREETING differs)"
    predicted = hello.roro("up", "dev", "--check", "-v", *change)
    assert words in predicted.stderr, predicted.told
    assert "2 updated" in predicted.stdout
    assert hello.roro("exec", "dev", "hello", "--", "cat", "/tmp/www/index.html").stdout == "Good morning from dev\n"
    done = up(hello, "-v", *change)
    assert words in done.stderr, done.told
    assert hello.roro("exec", "dev", "hello", "--", "cat", "/tmp/www/index.html").stdout == "Hi from dev\n"
    assert "no change" in up(hello, *change).stdout
    assert hello.roro("rollback", "dev", "hello").code == 0
    assert hello.roro("exec", "dev", "hello", "--", "cat", "/tmp/www/index.html").stdout == "Good morning from dev\n"
    assert "no change" in up(hello).stdout
