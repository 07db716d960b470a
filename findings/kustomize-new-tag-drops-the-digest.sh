#!/usr/bin/env bash
# kustomize (Go module sigs.k8s.io/kustomize/api 0.21.1), `images` with `newTag`
#
# An image that a base pins by digest (app@sha256:...) comes out as app:1.10 when an overlay says `newTag: "1.10"`: the digest is dropped without a word, and with `newName` alone it is kept.
# The transformer also goes by the shape of a document, not by its kind: `containers[].image` of any custom resource is changed, while `spec.image` of the same resource
# is left as it was, so half of an operator's resource follows the overlay.
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
resources: [thing.yaml]
images:
- {name: app, newTag: "1.10"}
- {name: other, newName: mirror/other}
YAML
cat >base/thing.yaml <<'YAML'
apiVersion: example.com/v1
kind: Thing
metadata: {name: web}
spec:
  image: app
  containers:
  - {name: pinned, image: "app@sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d"}
  - {name: renamed, image: "other@sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d"}
YAML
go mod tidy >/dev/null 2>&1
go run . >seen
diff - seen <<'SEEN' && echo "as found: newTag of kustomize/api 0.21.1 drops a digest"
apiVersion: example.com/v1
kind: Thing
metadata:
  name: web
spec:
  containers:
  - image: app:1.10
    name: pinned
  - image: mirror/other@sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d
    name: renamed
  image: app
SEEN
