#!/usr/bin/env bash
# sigs.k8s.io/yaml 1.6.0 (Go module): how kubectl, Helm and the API server's apply patches read manifests
#
# "Every JSON text is YAML" does not hold here. A JSON text with a raw control character of the second block (U+0080 to U+009F but U+0085; Windows-1252 quotation marks that were read as Latin-1 become these) is valid JSON
# and is refused: "control characters are not allowed". A raw U+0085 inside a string is a line end to YAML and becomes a blank (U+2028 stays). Written as \u0092 or \u0085 both arrive.
# So a ConfigMap that `kubectl create` takes as JSON is refused by `kubectl apply --server-side`, whose patch is read as YAML.
#
# roro escapes these characters in what it sends.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module read
go 1.24
require sigs.k8s.io/yaml v1.6.0
MOD
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, text := range []string{"{\"a\": \"it\u0092s\"}", "{\"a\": \"x\u0085y\"}", "{\"a\": \"x\u2028y\"}", `{"a": "it\u0092s"}`} {
		var seen map[string]string
		err := yaml.Unmarshal([]byte(text), &seen)
		fmt.Printf("valid JSON %v, read as YAML %+q %v\n", json.Valid([]byte(text)), seen["a"], err)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . >seen
diff - seen <<'SEEN' && echo "as found: sigs.k8s.io/yaml 1.6.0 refuses or changes valid JSON"
valid JSON true, read as YAML "" error converting YAML to JSON: yaml: control characters are not allowed
valid JSON true, read as YAML "x y" <nil>
valid JSON true, read as YAML "x\u2028y" <nil>
valid JSON true, read as YAML "it\u0092s" <nil>
SEEN
