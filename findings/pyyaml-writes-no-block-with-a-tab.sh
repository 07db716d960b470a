#!/usr/bin/env bash
# PyYAML 6.0.4 (PyPI), writing a text of several lines
#
# A representer that asks for a literal block (`style="|"`), as tools do to keep scripts and configuration files readable, is overruled in silence when the text has a tab anywhere or a blank before a
# line's end: the whole text becomes one double-quoted line with \n and \t in it. YAML 1.2 allows both in a block (rule nb-char), and the reader of the same library reads such a block.
# A Makefile, an nginx configuration or a Go template in a ConfigMap is what people meet it with.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check PyYAML==6.0.4
"$work/venv/bin/python" - >"$work/seen" <<'PY'
import yaml

class Blocks(yaml.SafeDumper):
    pass

Blocks.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))
for text in ("all:\n  make\n", "all:\n\tmake\n", "all: \n  make\n"):
    print(yaml.dump({"file": text}, Dumper=Blocks), end="")
print(yaml.safe_load("file: |\n  all: \n  \tmake\n"))
PY
diff - "$work/seen" <<'SEEN' && echo "as found: PyYAML 6.0.4 writes no block where there is a tab or a blank at a line's end"
file: |
  all:
    make
file: "all:\n\tmake\n"
file: "all: \n  make\n"
{'file': 'all: \n\tmake\n'}
SEEN
