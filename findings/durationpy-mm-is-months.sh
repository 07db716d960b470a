#!/usr/bin/env bash
# durationpy 0.11 (PyPI), which the official Kubernetes client for Python installs for the durations of its exec plugins and of Gateway API
#
# It is made for Go's durations ("1h30m", "1.5h", "100ms"). Besides Go's units it reads d, w, y and **mm, which is 30 days**: a doubled letter in "5mm" is five months, where Go's
# time.ParseDuration says `unknown unit "mm"`. "1d" is a day here and an error in every duration field of Kubernetes. Written out, a day is "24h".
# So a duration that this reader accepts need not be one for the API server, and a slip of the finger is no error.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check durationpy==0.11
"$work/venv/bin/python" - >"$work/seen" <<'PY'
from datetime import timedelta
import durationpy
for text in ("5m", "5mm", "1d", "1w", "1y", "1h30m"):
    print(text, int(durationpy.from_str(text).total_seconds()))
print(durationpy.to_str(timedelta(days=1)))
PY
diff - "$work/seen" <<'SEEN' && echo "as found: durationpy 0.11 reads 5mm as 150 days"
5m 300
5mm 12960000
1d 86400
1w 604800
1y 31536000
1h30m 5400
24h
SEEN
