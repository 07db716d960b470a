"""Words of Docker Compose, kubectl and Helm that are not ours, and what is meant here: for whoever types them from memory.

docs/from-docker-compose.md says the same at more length.
"""

from __future__ import annotations

COMMANDS = {
    "alpha": "",
    "apply": "`roro up` applies, and waits until it is healthy.",
    "attach": "`roro logs -f` follows what an instance writes, `roro exec` starts a shell beside it.",
    "bridge": "",
    "commit": "What runs in a pod is not made into an image: build one, and name it in the documents.",
    "convert": "`roro import` makes a workspace of a Compose file; `roro config` shows its documents, `--render` the manifests.",
    "create": "`roro up --no-wait` makes everything and does not wait.",
    "delete": "`roro down` removes instances.",
    "deploy": "`roro up` brings an environment up.",
    "describe": "`roro ps` says how instances are and why, `roro events` what the cluster says of them.",
    "export": "`roro cp INSTANCE:PATH DIR` takes files out.",
    "get": "`roro ps` shows instances, `roro ls` what is deployed on the cluster.",
    "images": "`roro config --render` shows the manifests with their images.",
    "install": "`roro up` brings an environment up.",
    "kill": "`roro restart` gives an instance new pods, `roro stop` ends them; `roro exec INSTANCE -- kill PID` sends a signal.",
    "list": "`roro ls` shows what is deployed on the cluster, `roro ps` the instances of an environment.",
    "log": "`roro logs`.",
    "pause": "Pods cannot be paused. `roro stop` ends them and remembers how many there were.",
    "port": "`roro ps` and `roro forward list` show which local ports lead where.",
    "port-forward": "`roro forward start` opens a local port and keeps it open.",
    "publish": "A workspace is shared through Git; its images through a registry.",
    "pull": "The cluster's nodes pull images when pods start; `roro cluster load` brings one to a local cluster.",
    "push": "`roro build --push` builds images and pushes them.",
    "rm": "`roro down ENV INSTANCE` removes an instance.",
    "scale": "Say how many in the documents, or `roro up --var replicas=3` where the manifest has the variable.",
    "sh": "`roro exec INSTANCE` starts a shell.",
    "shell": "`roro exec INSTANCE` starts a shell.",
    "ssh": "`roro exec INSTANCE` starts a shell.",
    "stats": "`roro top` shows what instances use.",
    "status": "`roro ps` shows how the instances are.",
    "uninstall": "`roro down` removes instances.",
    "unpause": "`roro start` starts what was stopped.",
    "upgrade": "`roro up` changes what differs.",
    "volumes": "`kubectl get pvc` shows claims; `roro down --volumes` deletes those of an environment.",
    "wait": "`roro up` waits until everything is healthy, and for jobs until they have completed.",
    "watch": "`roro up --watch` applies what is saved; `roro build` before builds images.",
}
"""Command -> what to do instead; "" where there is nothing to say but no."""

_ANYWHERE = {
    "--ansi": "Colours are left out where nobody sees them, and with NO_COLOR=1.",
    "--compatibility": "",
    "--dry-run": "`--check` only tells what would be done; `roro diff` shows it.",
    "--env-file": '`--var NAME=VALUE` sets a variable; "envFile" in app.json reads a file.',
    "--file": "`-w DIR` names the workspace's folder.",
    "--format": "`-o json` prints one document, for jq.",
    "-f": "`-w DIR` names the workspace's folder.",
    "--index": "`--pod NAME` names one of an instance's pods.",
    "--no-deps": "What an instance depends on is brought up with it; what is there already is not touched.",
    "--parallel": "Everything that does not wait for something else is done at once.",
    "--progress": "Elsewhere than on a terminal progress is one line a change.",
    "--project-directory": "`-w DIR` names the workspace's folder.",
    "--project-name": 'The workspace\'s name is "name" in workspace.json.',
    "-p": 'The workspace\'s name is "name" in workspace.json.',
    "--quiet": "Results are on stdout, progress on stderr: `2>/dev/null`.",
    "-q": "`-o json` prints one document, for jq.",
    "-t": "`--timeout DURATION`, such as 30s.",
    "--namespace": 'The namespace is "namespace" in the documents.',
    "--set": "`--var NAME=VALUE` sets a variable.",
    "--values": '`--var NAME=VALUE` sets a variable; charts take files by "values" of "manifests" in app.json.',
}
_OPTIONS = {
    "up": {
        "-d": "`--no-wait` returns when everything is applied. What runs never needs this terminal: without it `roro up` waits until all is"
        " healthy, then returns too.",
        "--detach": "`--no-wait` returns when everything is applied; without it `roro up` waits until all is healthy, then returns too.",
        "--attach": "`roro logs -f` follows what instances write.",
        "--force-recreate": "`roro restart` gives instances new pods.",
        "--always-recreate-deps": "`roro restart` gives instances new pods.",
        "--no-recreate": "What did not change is never made anew.",
        "--pull": "Say `imagePullPolicy` in the manifest.",
        "--remove-orphans": "What left the workspace is removed by default; `--no-prune` leaves it.",
        "--scale": "Say how many in the documents, or `--var replicas=3` where the manifest has the variable.",
        "--renew-anon-volumes": "An emptyDir is new with each pod; `roro down --volumes` deletes claims.",
        "-V": "An emptyDir is new with each pod; `roro down --volumes` deletes claims.",
        "--wait-timeout": "`--timeout DURATION` is how long to wait for each instance.",
        "--yes": "Nothing is asked.",
        "-y": "Nothing is asked.",
        "--install": "`roro up` makes what is not there.",
        "--atomic": '"onFailure": "rollback" in the documents rolls a failed update back.',
        "--rollback-on-failure": '"onFailure": "rollback" in the documents rolls a failed update back.',
    },
    "down": {
        "--remove-orphans": "What left the workspace is removed by `roro up`, and by `down` of the environment.",
        "--rmi": "Images stay on the nodes, which remove those that nobody uses.",
    },
    "ps": {
        "-a": "All instances are shown, also those that are stopped.",
        "--services": "`roro ps -o json | jq -r '.instances[].instance'`.",
        "--filter": "`-o json` prints one document, for jq.",
        "--status": "`-o json` prints one document, for jq.",
    },
    "logs": {
        "--no-color": "NO_COLOR=1 leaves colours out.",
        "--no-log-prefix": "`--no-prefix` leaves pod and container out.",
        "--until": "`--timestamps` shows the times; there is no end to read to.",
    },
    "config": {
        "--services": "`roro config -o json | jq -r '.instances[].instance'`.",
        "--images": "`roro config --render` shows the manifests with their images.",
        "--hash": "`roro history -o json` has the digest of each revision's inputs.",
        "--no-interpolate": "`roro config --explain` says where each variable comes from.",
    },
    "exec": {
        "-d": "`-- sh -c 'COMMAND &'` starts one that goes on.",
        "--detach": "`-- sh -c 'COMMAND &'` starts one that goes on.",
        "-e": "`-- env NAME=VALUE COMMAND` sets a variable.",
        "--env": "`-- env NAME=VALUE COMMAND` sets a variable.",
        "--user": "Kubernetes runs commands as the container's own user: `-- su USER -c COMMAND` where the image has it.",
        "-u": "Kubernetes runs commands as the container's own user: `-- su USER -c COMMAND` where the image has it.",
        "--workdir": "`-- sh -c 'cd DIR && COMMAND'`.",
        "--privileged": "What a container may do is in its manifest (securityContext).",
    },
    "run": {
        "-d": "A pod that is left running is a Job: write its manifest, or `roro exec`.",
        "--detach": "A pod that is left running is a Job: write its manifest, or `roro exec`.",
        "--entrypoint": "The command after -- takes the place of the image's own.",
        "--service-ports": "No Service leads to the pod: it gets none of the instance's traffic.",
        "--volume": "It has the volumes of its instance.",
        "-v": "It has the volumes of its instance.",
        "--user": "It runs as the instance's pods do (securityContext).",
        "-u": "It runs as the instance's pods do (securityContext).",
    },
    "cp": {
        "-a": "Permissions are kept; owners are not.",
        "--archive": "Permissions are kept; owners are not.",
        "--follow-link": "Links are copied as links.",
        "-L": "Links are copied as links.",
    },
}
VOLUMES_STAY = "Volumes stay; --volumes deletes them, --verbose tells more."


def command_words(word: str) -> str | None:
    """What to do instead of a command that is not there; None for a word that nobody brings along."""
    if word not in COMMANDS:
        return None
    return COMMANDS[word] or "There is nothing like it here."


def option_words(command: str, option: str) -> str | None:
    """The same for an option of a command; `command` "" for one before any."""
    words = _OPTIONS.get(command, {}).get(option, _ANYWHERE.get(option))
    return words if words is None else words or "There is nothing like it here."
