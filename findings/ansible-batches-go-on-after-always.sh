#!/usr/bin/env bash
# ansible-core 2.19.14 (PyPI), `serial: 2` with `max_fail_percentage: 0`: stop the roll-out at the first host that fails
#
# A host that fails in a plain task ends the play before the next batch. Where the failing task is in a block with `always`, the next batch begins all the same, and so it does after a host that cannot be reached:
# the percentage is of hosts that have failed when a task's results are counted, to which unreachable hosts never belong and a host that still has its `always` section to do does not yet belong.
# `any_errors_fatal: true` stops after both kinds of failure, and goes on after a host that cannot be reached as well.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3.11 -m venv "$work/venv" 2>/dev/null || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
cd "$work"
play() { # FILE STOP TASKS
  printf -- '- hosts: all\n  gather_facts: false\n  serial: 2\n  %s\n  tasks:\n%s' "$2" "$3" >"$1"
}
plain=$'    - {command: /bin/false, when: inventory_hostname == "one"}\n    - {debug: {msg: done}}\n'
always=$'    - block:\n        - {command: /bin/false, when: inventory_hostname == "one"}\n        - {debug: {msg: done}}\n      always:\n        - {debug: {msg: last}}\n'
printf '[all]\none ansible_connection=local\nwell ansible_connection=local\ntwo ansible_connection=local\n[all:vars]\nansible_python_interpreter=%s\n' "$work/venv/bin/python" >local.ini
printf '[all]\none ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\nwell ansible_connection=local\ntwo ansible_connection=local\n[all:vars]\nansible_python_interpreter=%s\n' "$work/venv/bin/python" >away.ini
run() { # WORDS INVENTORY STOP TASKS
  play play.yml "$3" "$4"
  "$work/venv/bin/ansible-playbook" -i "$2" play.yml >output 2>&1 || true
  if grep -q '^ok: \[two\]' output; then echo "$1 | $3 | the next batch ran"; else echo "$1 | $3 | stopped"; fi
}
for stop in 'max_fail_percentage: 0' 'any_errors_fatal: true'; do
  run 'a task fails' local.ini "$stop" "$plain"
  run 'a task fails in a block with always' local.ini "$stop" "$always"
  run 'the host cannot be reached' away.ini "$stop" "$plain"
done >seen
diff - seen <<'SEEN' && echo "as found: max_fail_percentage of ansible-core 2.19.14 lets the next batch run after always and after unreachable"
a task fails | max_fail_percentage: 0 | stopped
a task fails in a block with always | max_fail_percentage: 0 | the next batch ran
the host cannot be reached | max_fail_percentage: 0 | the next batch ran
a task fails | any_errors_fatal: true | stopped
a task fails in a block with always | any_errors_fatal: true | stopped
the host cannot be reached | any_errors_fatal: true | the next batch ran
SEEN
