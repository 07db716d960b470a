#!/usr/bin/env bash
# ansible-core 2.19.14 (PyPI), run where no home is known: HOME is unset and the user id has no entry in /etc/passwd, as in many containers
#
# `ansible --version`, which only prints, makes a folder that is literally called `~` in the current directory, with `.ansible/tmp` inside. In a directory that cannot be written it ends with an
# error about that path. One expects the working directory (a Git checkout, say) to stay as it is.
#
# roro names a folder of the run for Ansible's temporary files.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
mkdir "$work/here"; cd "$work/here"
chmod 755 "$work"; chmod 777 "$work/here"
env -u HOME unshare --user --map-user=54321 --map-group=54321 "$work/venv/bin/ansible" --version >/dev/null
find . -mindepth 1 -maxdepth 2 | sort >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: ansible-core 2.19.14 makes a folder called ~"
./~
./~/.ansible
SEEN
