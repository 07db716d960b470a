#!/usr/bin/env bash
# ansible-builder 3.2.0 (PyPI), `introspect`: how an execution environment learns what its collections need
#
# A collection's requirements.txt is not taken as it is. Lines that name PyYAML, pytest, mock, coverage, tox, yamllint, ansible-core and some more are left out, with their version bounds and
# without a word (only at debug level): a collection that needs PyYAML 6.0.2 gets whatever the base image has. mypy and ansible-runner stay. Two lines for one package stay two lines.
# A bindep profile such as [compile] stays in the system list.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-builder==3.2.0
collection=$work/tree/ansible_collections/acme/tools
mkdir -p "$collection"
printf 'namespace: acme\nname: tools\nversion: 1.0.0\n' >"$collection/galaxy.yml"
printf 'PyYAML>=6.0.2\nkubernetes>=31\npytest\nmock\ncoverage\nmypy\nansible-runner\nkubernetes<40\n' >"$collection/requirements.txt"
printf 'git\nlibyaml-devel [compile]\n' >"$collection/bindep.txt"
"$work/venv/bin/ansible-builder" introspect "$work/tree" 2>/dev/null | sed '1,2d;/^$/d' >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: ansible-builder 3.2.0 leaves PyYAML and its bound out"
python:
- 'kubernetes>=31  # from collection acme.tools'
- 'mypy  # from collection acme.tools'
- 'ansible-runner  # from collection acme.tools'
- 'kubernetes<40  # from collection acme.tools'
system:
- 'git  # from collection acme.tools'
- 'libyaml-devel [compile]  # from collection acme.tools'
SEEN
