#!/usr/bin/env bash
# sprig 3.3.0 (Go module github.com/Masterminds/sprig/v3), the functions of Helm's templates
#
# `int` of a text that is no plain number is 0, without an error: of "1.5", "1e3", "7 " and of "08", whose leading nought makes it octal; "010" is 8. `atoi` of the same texts is 8 and 10, but it is 0 for the others
# as well. `add 0.1 0.2` is 0 and `max 1.5 2.5` is 2, as both cut their arguments to whole numbers (`addf`, `maxf` do not). A port, a number of replicas or an hour that was written as text becomes 0 in a manifest
# that is valid.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module render
go 1.24
require github.com/Masterminds/sprig/v3 v3.3.0
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

func main() {
	for _, expression := range os.Args[1:] {
		var text strings.Builder
		err := template.Must(template.New("t").Funcs(sprig.TxtFuncMap()).Parse("{{ "+expression+" }}")).Execute(&text, nil)
		fmt.Println(expression, "|", text.String(), "|", err)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . 'int "08"' 'int "010"' 'int "1.5"' 'int "1e3"' 'int "7 "' 'atoi "08"' 'atoi "1e3"' 'add 0.1 0.2' 'max 1.5 2.5' >seen
diff - seen <<'SEEN' && echo "as found: sprig 3.3.0 makes 0 of \"08\""
int "08" | 0 | <nil>
int "010" | 8 | <nil>
int "1.5" | 0 | <nil>
int "1e3" | 0 | <nil>
int "7 " | 0 | <nil>
atoi "08" | 8 | <nil>
atoi "1e3" | 0 | <nil>
add 0.1 0.2 | 0 | <nil>
max 1.5 2.5 | 2 | <nil>
SEEN
