#!/usr/bin/env bash
# kustomize (Go module sigs.k8s.io/kustomize/api 0.21.1) and Helm 3.22.0 (helm.sh/helm/v3), the keys of kustomization.yaml and Chart.yaml
#
# kustomize refuses unknown fields, so a misspelt key is thought to be an error. A key in another case is none: `NAMEPREFIX` and `nameprefix` are `namePrefix`, and `APIVersion`, `NAME` and `appversion` do in Chart.yaml.
# Where a file says a key twice in two cases, the right spelling is not preferred and the order of the file does not count: the spelling that sorts last in ASCII wins, so that `nameprefix` beats `namePrefix`, and
# the list under `Resources` is gone where there is one under `resources`. A reader of such files by another YAML library that goes by the exact name sees other values, or none.
# (Both turn YAML into JSON with sorted keys and hand it to Go's encoding/json, which matches names without case; objects of Kubernetes itself are read by case.)
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module build
go 1.26
require (
	helm.sh/helm/v3 v3.22.0
	sigs.k8s.io/kustomize/api v0.21.1
	sigs.k8s.io/kustomize/kyaml v0.21.1
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	for _, folder := range os.Args[1:] {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
		if err != nil {
			fmt.Println(folder, "| refused")
			continue
		}
		fmt.Print(folder, " |")
		for _, resource := range built.Resources() {
			fmt.Print(" ", resource.GetName())
		}
		fmt.Println()
	}
	chart, err := chartutil.LoadChartfile("Chart.yaml")
	if err != nil {
		panic(err)
	}
	fmt.Println("chart |", chart.APIVersion, chart.Name, chart.Version, chart.AppVersion)
}
GO
kustomization() { # FOLDER TEXT
  mkdir "$1"
  printf '%b' "$2" >"$1/kustomization.yaml"
  for name in a b; do printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n' $name >"$1/$name.yaml"; done
}
kustomization unknown 'resources: [a.yaml]\nnamePrefixes: x-\n'
kustomization upper 'RESOURCES: [a.yaml]\nNAMEPREFIX: x-\n'
kustomization twice 'resources: [a.yaml]\nnameprefix: wrong-\nnamePrefix: right-\n'
kustomization lists 'resources: [a.yaml]\nResources: [b.yaml]\n'
printf 'APIVersion: v2\nNAME: web\nVersion: 1.0.0\nappversion: "7"\n' >Chart.yaml
go mod tidy >/dev/null 2>&1
go run . unknown upper twice lists >seen
diff - seen <<'SEEN' && echo "as found: kustomize/api 0.21.1 and Helm 3.22.0 read keys in any case"
unknown | refused
upper | x-a
twice | wrong-a
lists | a
chart | v2 web 1.0.0 7
SEEN
