#!/usr/bin/env bash
# PyYAML 6.0.3 and 6.0.2 (pure Python emitter)
#
# U+0085, the line end of texts that came from mainframes, does not survive `safe_dump(..., allow_unicode=True)`: the emitter takes it for a line break of the document and does not escape it. Read again it is a
# space, and in a block (`default_style="|"`) an ordinary newline. Its neighbours U+2028 and U+2029 come back as they were, and so does U+0085 itself without `allow_unicode`, in double quotes, or in a text that has
# to be quoted for another reason. No error and no warning: a ConfigMap that is read, written and applied again has another content.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in 6.0.3 6.0.2; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet --disable-pip-version-check "pyyaml==$version"
  "$work/$version/bin/python" - >"$work/seen" <<'PY'
import yaml

for text in ("one\x85two", "one\u2028two", "one\u2029two", "one: \x85two"):
    for style in (None, "|", '"'):
        back = yaml.safe_load(yaml.safe_dump({"k": text}, allow_unicode=True, default_style=style))["k"]
        print(ascii(text), style, "the same" if back == text else ascii(back))
print("without allow_unicode", yaml.safe_load(yaml.safe_dump({"k": "one\x85two"}))["k"] == "one\x85two")
PY
  diff - "$work/seen" <<'SEEN'
'one\x85two' None 'one two'
'one\x85two' | 'one\ntwo'
'one\x85two' " the same
'one\u2028two' None the same
'one\u2028two' | the same
'one\u2028two' " the same
'one\u2029two' None the same
'one\u2029two' | the same
'one\u2029two' " the same
'one: \x85two' None the same
'one: \x85two' | the same
'one: \x85two' " the same
without allow_unicode True
SEEN
done
echo "as found: PyYAML writes U+0085 as a line break"
