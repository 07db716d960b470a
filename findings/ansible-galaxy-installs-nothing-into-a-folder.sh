#!/usr/bin/env bash
# ansible-core 2.19.14 (PyPI), `ansible-galaxy collection install -p DIR ARCHIVE`
#
# With a collection of the same version anywhere that Python imports from (site-packages, where the wheels of `ansible` and of collections put theirs), the command answers "Nothing to do. All requested collections are
# already installed" with exit code 0, and DIR stays empty: what a build step then copies from DIR is not there. One expects it in DIR, or an error; `--force` does it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
export ANSIBLE_HOME=$work/ansible HOME=$work
galaxy=$work/venv/bin/ansible-galaxy
"$galaxy" collection init acme.tools --init-path "$work" >/dev/null
"$galaxy" collection build "$work/acme/tools" --output-path "$work" >/dev/null
site=$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$galaxy" collection install --offline -p "$site" "$work/acme-tools-1.0.0.tar.gz" >/dev/null 2>&1
"$galaxy" collection install --offline -p "$work/wanted" "$work/acme-tools-1.0.0.tar.gz" 2>/dev/null | tail -1 >"$work/seen"
find "$work/wanted" -name MANIFEST.json 2>/dev/null | wc -l >>"$work/seen"
"$galaxy" collection install --offline --force -p "$work/wanted" "$work/acme-tools-1.0.0.tar.gz" >/dev/null 2>&1
find "$work/wanted" -name MANIFEST.json | wc -l >>"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: ansible-galaxy 2.19.14 installs nothing where site-packages has it"
Nothing to do. All requested collections are already installed. If you want to reinstall them, consider using `--force`.
0
1
SEEN
