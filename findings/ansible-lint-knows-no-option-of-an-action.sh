#!/usr/bin/env bash
# ansible-lint 26.10.1 with ansible-core 2.19.14 (PyPI), the rule `args`
#
# The rule tells of a misspelt option of a module: `ansible.builtin.ping: {dataa: x}` is "Unsupported parameters". For every module that has an action plugin of the same name (copy, fetch, assemble, template
# and most of ansible.builtin, and whatever a collection runs on the controller) it says nothing: the plugin loader finds the action first, which has no argument spec to call, and the rule returns.
# A green lint is no proof that the options of such a task exist; they are refused when the play runs.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-lint==26.10.1 ansible-core==2.19.14
mkdir "$work/project"; cd "$work/project"
cat >play.yml <<'YAML'
---
- name: Misspelt options
  hosts: localhost
  tasks:
    - name: A module alone
      ansible.builtin.ping:
        dataa: x
    - name: A module with an action plugin
      ansible.builtin.fetch:
        srcc: a
        dest: b
    - name: Another one
      ansible.builtin.assemble:
        srcc: /tmp/a
        dest: /tmp/b
        mode: "0600"
YAML
PATH=$work/venv/bin:$PATH ANSIBLE_HOME=$work/ansible "$work/venv/bin/ansible-lint" --offline --nocolor -f pep8 play.yml 2>/dev/null | sed 's/: .*//' >seen || true
diff - seen <<'SEEN' && echo "as found: ansible-lint 26.10.1 reads no options of modules with an action plugin"
play.yml:5
SEEN
