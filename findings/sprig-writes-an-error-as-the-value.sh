#!/usr/bin/env bash
# sprig 3.3.0 (Go module github.com/Masterminds/sprig/v3), the functions of Helm's templates
#
# `b64dec` of a text that is no base64 does not fail: the **error message is the value**, and "illegal base64 data at input byte 4" is what a Secret or a configuration file then holds. `fromJson` of a broken text is no value, without
# an error; `mustFromJson` fails. There is no `must` form of `b64dec`.
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
go run . 'b64dec "pass$word"' 'fromJson "{"' >seen
diff - seen <<'SEEN' && echo "as found: b64dec of sprig 3.3.0 gives its error message as the value"
b64dec "pass$word" | illegal base64 data at input byte 4 | <nil>
fromJson "{" | <no value> | <nil>
SEEN
