#!/usr/bin/env bash
# Go 1.24 and newer on Linux, any program (kubectl, helm, terraform, kustomize are Go programs), here one of ten lines
#
# `ulimit -S -t 1` ends a C program, a shell or Python with SIGXCPU after one second of processor time. The Go runtime installs a handler for every signal and has no default action left for this one: the
# program goes on as if there were no limit. Only the hard limit (`ulimit -t` sets both), which the kernel enforces with SIGKILL, ends it. Tools that bound templates or plugins by the soft limit alone do not bound those written in Go.
#
# roro sets the hard limit for helm and kustomize.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir "$work/module"; cd "$work/module"
printf 'module busy\ngo 1.24\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"syscall"
)

func main() {
	var used syscall.Rusage
	for used.Utime.Sec < 3 {
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	}
	fmt.Println("three seconds of processor time used")
}
GO
go build -o busy .
cat >busy.py <<'PY'
import time
while time.process_time() < 3:
    pass
print("three seconds of processor time used")
PY
run() { status=0; (ulimit "$1" 1; ulimit -c 0; exec "${@:2}") 2>/dev/null || status=$?; echo "exit code $status"; }
{
  echo "soft, Python: $(run -St python3 busy.py)"
  echo "soft, Go: $(run -St ./busy | paste -sd, -)"
  echo "hard, Go: $(run -SHt ./busy)"
} >seen 2>/dev/null
diff - seen <<'SEEN' && echo "as found: a Go program does not end at a soft limit of processor time"
soft, Python: exit code 152
soft, Go: three seconds of processor time used,exit code 0
hard, Go: exit code 137
SEEN
