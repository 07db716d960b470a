#!/usr/bin/env bash
# sprig 3.3.0 (Go module github.com/Masterminds/sprig/v3), the functions of Helm's templates
#
# `merge` is documented as giving precedence to its first argument, and is how charts lay a person's values over defaults. A false, 0 or "" in the first argument counts as not there and is replaced by the default: who
# switches something off finds it on. `mergeOverwrite` with the arguments turned round keeps it.
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
go run . 'merge (dict "on" false "n" 0 "s" "") (dict "on" true "n" 3 "s" "x")' 'mergeOverwrite (dict "on" true "n" 3 "s" "x") (dict "on" false "n" 0 "s" "")' >seen
diff - seen <<'SEEN' && echo "as found: merge of sprig 3.3.0 loses false, 0 and empty texts"
merge (dict "on" false "n" 0 "s" "") (dict "on" true "n" 3 "s" "x") | map[n:3 on:true s:x] | <nil>
mergeOverwrite (dict "on" true "n" 3 "s" "x") (dict "on" false "n" 0 "s" "") | map[n:0 on:false s:] | <nil>
SEEN
