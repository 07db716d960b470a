#!/usr/bin/env bash
# robfig/cron 3.0.1 (Go module, the reader of a CronJob's `schedule`) and croniter 7.0.0 (PyPI)
#
# cron(5) counts Sunday as 0 or 7, and many crontabs say 1-7 or fri-mon. The reader of CronJobs refuses both ("end of range (7) above maximum (6)", "beginning of range (5) beyond
# end of range (1)"), so a crontab line that was moved into a CronJob is refused by the API server, while a check with croniter, which Airflow and others use, passes.
# For sunday alone write 0 or sun, for fri-mon write fri,sat,sun,mon. `?` is a star in both.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module schedule
go 1.24
require github.com/robfig/cron/v3 v3.0.1
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/robfig/cron/v3"
)

func main() {
	for _, schedule := range []string{"0 0 * * 7", "0 0 * * 1-7", "0 0 * * fri-mon", "0 0 ? * 0"} {
		_, err := cron.ParseStandard(schedule)
		fmt.Println("CronJob", schedule, "|", err)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . >seen
"$work/venv/bin/python" - >>seen <<'PY'
from croniter import croniter
for schedule in ("0 0 * * 7", "0 0 * * 1-7", "0 0 * * fri-mon", "0 0 ? * 0"):
    print("croniter", schedule, "|", croniter.is_valid(schedule))
PY
diff - seen <<'SEEN' && echo "as found: a CronJob has no seventh day, croniter has"
CronJob 0 0 * * 7 | end of range (7) above maximum (6): 7
CronJob 0 0 * * 1-7 | end of range (7) above maximum (6): 1-7
CronJob 0 0 * * fri-mon | beginning of range (5) beyond end of range (1): fri-mon
CronJob 0 0 ? * 0 | <nil>
croniter 0 0 * * 7 | True
croniter 0 0 * * 1-7 | True
croniter 0 0 * * fri-mon | True
croniter 0 0 ? * 0 | True
SEEN
