#!/usr/bin/env bash
# kustomize (Go module sigs.k8s.io/kustomize/api 0.21.1), configMapGenerator and secretGenerator with `envs`
#
# A file for `envs` looks like a .env file and is none. Quotes stay in the value, a comment behind a value is part of it, blanks around the equals sign become part of key and value, and
# `export C=1` makes a key called "export C". Only a line that begins with # and blanks before a key are dropped. kustomize ends well and writes keys that the API server then
# refuses as invalid ConfigMap keys ("D ", "export C"), and a password in quotes is stored with its quotes.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module build
go 1.24
require (
	sigs.k8s.io/kustomize/api v0.21.1
	sigs.k8s.io/kustomize/kyaml v0.21.1
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"log"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "base")
	if err != nil {
		log.Fatal(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
}
GO
mkdir base
cat >base/kustomization.yaml <<'YAML'
configMapGenerator:
- name: settings
  envs: [settings.env]
  options: {disableNameSuffixHash: true}
YAML
printf 'A=plain # a comment\nB="quoted"\nexport C=1\nD = spaced\n# a comment\n  E=led by blanks\n' >base/settings.env
go mod tidy >/dev/null 2>&1
go run . >seen
diff - seen <<'SEEN' && echo "as found: kustomize/api 0.21.1 reads an env file letter by letter"
apiVersion: v1
data:
  A: 'plain # a comment'
  B: '"quoted"'
  'D ': ' spaced'
  E: led by blanks
  export C: "1"
kind: ConfigMap
metadata:
  name: settings
SEEN
