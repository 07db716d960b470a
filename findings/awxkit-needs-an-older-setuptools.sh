#!/usr/bin/env bash
# awxkit 24.6.1 (PyPI, the newest there is) with setuptools 80.9.0 and 82.0.1
#
# `pip install awxkit` brings setuptools, as awxkit names it without a bound. setuptools 82 took pkg_resources away and awxkit's command line imports it, so what pip installs today has an `awx` that ends in a traceback
# at once, `awx --version` too. The library itself (`import awxkit`) works with both; `pip install awxkit 'setuptools<81'` has a command that works.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
for version in 80.9.0 82.0.1; do
  python3 -m venv "$work/$version"
  "$work/$version/bin/pip" install --quiet --disable-pip-version-check awxkit==24.6.1 "setuptools==$version"
  echo "setuptools $version: import $("$work/$version/bin/python" -W ignore -c 'import awxkit; print("ok")'), awx --version: $("$work/$version/bin/awx" --version 2>&1 | tail -1)"
done >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: the command of awxkit 24.6.1 does not start beside setuptools 82"
setuptools 80.9.0: import ok, awx --version: 24.6.1
setuptools 82.0.1: import ok, awx --version: ModuleNotFoundError: No module named 'pkg_resources'
SEEN
