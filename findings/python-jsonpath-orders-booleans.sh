#!/usr/bin/env bash
# python-jsonpath 2.2.2 (PyPI), strict mode
#
# RFC 9535, 2.3.5.2.2: `<` and `>` hold only between two numbers or two strings; everything else compares as false. The library passes the whole compliance suite, which has no
# case for it: a boolean is ordered as Python orders it, as 0 or 1. `true > 0` and `1 > false` are true, so a filter that should find counters above zero finds every switch that is on.
# `true == 1` is false, as the RFC says.
#
# roro compares booleans itself.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-jsonpath==2.2.2
"$work/venv/bin/python" - >"$work/seen" <<'PY'
import jsonpath
environment = jsonpath.JSONPathEnvironment(strict=True)
data = {"items": [{"n": "on", "v": True}, {"n": "one", "v": 1}, {"n": "text", "v": "1"}, {"n": "none", "v": None}]}
for query in ("$.items[?@.v > 0].n", "$.items[?@.v > false].n", "$.items[?@.v == 1].n"):
    print(query, environment.findall(query, data))
PY
diff - "$work/seen" <<'SEEN' && echo "as found: python-jsonpath 2.2.2 orders booleans as numbers"
$.items[?@.v > 0].n ['on', 'one']
$.items[?@.v > false].n ['on', 'one']
$.items[?@.v == 1].n ['one']
SEEN
