#!/usr/bin/env bash
# apimachinery 0.34.4 (Go module k8s.io/apimachinery), resource.Quantity: how the API server reads and stores cpu, memory and storage
#
# A quantity is stored in its shortest exact form, and for a fraction that no unit divides that is **nano**: "1.23456789Gi" of memory becomes "1325607178060431360n", billionths of a
# byte, and "0.0001m" of cpu is rounded up to "100n". And a spelling that is already exact in its own form is kept, however it looks: "1e3" stays while "1.1e3" becomes "1100", "5." and "+1" stay as they are.
# "100000000000000000000" is stored as "100E", and its Value() has wrapped round to a smaller number without an error.
# Whoever compares a manifest with what is stored has to compare numbers, with the suffixes n and u also for memory.
#
# roro compares quantities as exact decimals of every suffix (the room _release, quantity).
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module quantity
go 1.24
require k8s.io/apimachinery v0.34.4
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
)

func main() {
	for _, text := range []string{"1.23456789Gi", "1.5Gi", "0.0001m", "1e3", "1.1e3", "5.", "+1", "100000000000000000000"} {
		quantity := resource.MustParse(text)
		fmt.Println(text, quantity.String(), quantity.Value())
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . >seen
diff - seen <<'SEEN' && echo "as found: apimachinery 0.34.4 stores 1.23456789Gi as 1325607178060431360n"
1.23456789Gi 1325607178060431360n 1325607179
1.5Gi 1536Mi 1610612736
0.0001m 100n 1
1e3 1e3 1000
1.1e3 1100 1100
5. 5. 5
+1 +1 1
100000000000000000000 100E 7766279631452241920
SEEN
