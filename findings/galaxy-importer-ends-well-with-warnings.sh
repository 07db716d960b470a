#!/usr/bin/env bash
# galaxy-importer 0.4.44 with flake8 6.1.0 (PyPI): the Hub's checks, run by hand as a gate
#
# It runs `flake8 --isolated` on each file and brings back by its own --select what flake8 leaves out by default: a slice and a condition as Black and Ruff format them get E203 and W503, whatever
# the collection's own configuration says. Its command ends with 0 however many warnings there are, so a gate has to read its output.
#
# roro's gate (scripts/galaxy_importer) reads the output and leaves flake8 off.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check galaxy-importer==0.4.44 flake8==6.1.0 ansible-core==2.18.1 setuptools==80.9.0
export PATH=$work/venv/bin:$PATH HOME=$work ANSIBLE_HOME=$work/ansible
collection=$work/acme
mkdir -p "$collection/plugins/module_utils" "$collection/meta"
printf 'namespace: acme\nname: tools\nversion: 1.0.0\nreadme: README.md\nauthors: [somebody]\ndescription: tools\nlicense: [GPL-3.0-or-later]\nrepository: https://example.com/acme\ntags: [tools]\n' >"$collection/galaxy.yml"
printf '# Tools\n' >"$collection/README.md"
printf 'requires_ansible: ">=2.16.0"\n' >"$collection/meta/runtime.yml"
printf '[flake8]\nextend-ignore = E203, W503\n' >"$collection/.flake8"
cat >"$collection/plugins/module_utils/parts.py" <<'PY'
"""Parts of a list."""


def part(items, start, size):
    """Some items, none of an empty list."""
    if (
        items is not None
        and start >= 0
    ):
        return items[start : start + size]
    return []
PY
printf '[galaxy-importer]\nRUN_FLAKE8 = True\nRUN_ANSIBLE_DOC = False\nRUN_ANSIBLE_LINT = False\nCHECK_REQUIRED_TAGS = False\n' >"$work/importer.cfg"
cd "$collection" && ansible-galaxy collection build --output-path "$work" >/dev/null
status=0
(cd "$work" && GALAXY_IMPORTER_CONFIG=$work/importer.cfg python -m galaxy_importer.main acme-tools-1.0.0.tar.gz) >"$work/said" 2>&1 || status=$?
{ grep -oE 'parts.py:[0-9]+:[0-9]+: (E203|W503)' "$work/said" || true; echo "ends with $status"; } >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: galaxy-importer 0.4.44 warns of what formatters write, and ends with 0"
parts.py:8:9: W503
parts.py:10:27: E203
ends with 0
SEEN
