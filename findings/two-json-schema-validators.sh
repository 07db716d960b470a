#!/usr/bin/env bash
# jsonschema 4.26.0 and jsonschema-rs 0.61.2 (PyPI): the usual validator and its fast twin, both for draft 2020-12
#
# Many projects take the fast one when it is installed and the other one otherwise. They are not the same for
#   pattern "^[a-z]+$"   jsonschema uses Python's `re`: `$` also matches before a last newline, so "web\n" is a name. jsonschema-rs says no, as ECMA 262 does
#   pattern "^\d+$"      and \w: every alphabet's digits and letters for jsonschema, ASCII for jsonschema-rs
#   multipleOf 0.01      jsonschema divides binary fractions, and 19.99 is no multiple of 0.01; jsonschema-rs says it is one
#   pattern "^a{,2}$"    "up to two" for jsonschema; an invalid schema for jsonschema-rs
# A document is valid or not by whether an optional package is there.
#
# roro's schemas end their patterns so that both agree.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.2
"$work/venv/bin/python" - >"$work/seen" <<'PY'
import jsonschema
import jsonschema_rs

cases = [
    ({"pattern": "^[a-z]+$"}, "web\n"),
    ({"pattern": "^\\d+$"}, "\u0663"),
    ({"pattern": "^\\w+$"}, "\u00e9"),
    ({"multipleOf": 0.01}, 19.99),
    ({"pattern": "^a{,2}$"}, "aa"),
    ({"multipleOf": 0.0001}, 0.0075),
]
for schema, value in cases:
    first = jsonschema.Draft202012Validator(schema).is_valid(value)
    try:
        second = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    except jsonschema_rs.ValidationError:
        second = "invalid schema"
    print(schema, ascii(value), first, second)
PY
diff - "$work/seen" <<'SEEN' && echo "as found: jsonschema 4.26.0 and jsonschema-rs 0.61.2 disagree"
{'pattern': '^[a-z]+$'} 'web\n' True False
{'pattern': '^\\d+$'} '\u0663' True False
{'pattern': '^\\w+$'} '\xe9' True False
{'multipleOf': 0.01} 19.99 False True
{'pattern': '^a{,2}$'} 'aa' True invalid schema
{'multipleOf': 0.0001} 0.0075 True True
SEEN
