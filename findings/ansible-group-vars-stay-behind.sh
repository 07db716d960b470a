#!/usr/bin/env bash
# ansible-core 2.19.14 (PyPI), `import_playbook` and the group_vars beside a playbook
#
# group_vars beside a playbook are read for its own plays and for plays that it imports from its own folder. For plays that it imports from another folder, or from a collection, they are not: there the
# folder of the imported file counts, so a variable is undefined, or another file's value is taken, although the command line names the outer playbook alone. A wrapper of one line around a collection's playbook
# (what AWX needs, as it takes playbooks from projects only) has no group_vars of its own; beside the inventory they work in all three cases.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
cd "$work"
collection=collections/ansible_collections/acme/tools
mkdir -p project/group_vars other "$collection/playbooks" inventory/group_vars
play='- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    - debug: {msg: "{{ beside_playbook | default(0) }}, {{ beside_inventory | default(0) }}"}\n'
for file in project/same.yml other/play.yml "$collection/playbooks/play.yml"; do printf -- "$play" >"$file"; done
printf 'namespace: acme\nname: tools\nversion: 1.0.0\n' >"$collection/galaxy.yml"
printf 'localhost\n' >inventory/hosts
printf 'beside_inventory: inventory\n' >inventory/group_vars/all.yml
printf 'beside_playbook: playbook\n' >project/group_vars/all.yml
printf -- '- import_playbook: same.yml\n' >project/from_folder.yml
printf -- '- import_playbook: ../other/play.yml\n' >project/from_elsewhere.yml
printf -- '- import_playbook: acme.tools.play\n' >project/from_collection.yml
export ANSIBLE_COLLECTIONS_PATH=$work/collections ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
for name in from_folder from_elsewhere from_collection; do
  echo "$name: $("$work/venv/bin/ansible-playbook" -i inventory "project/$name.yml" 2>/dev/null | sed -n 's/.*"msg": "\(.*\)"/\1/p')"
done >seen
diff - seen <<'SEEN' && echo "as found: ansible-core 2.19.14 leaves the group_vars beside a playbook behind when it imports one from elsewhere"
from_folder: playbook, inventory
from_elsewhere: 0, inventory
from_collection: 0, inventory
SEEN
