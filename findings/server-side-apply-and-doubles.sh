#!/usr/bin/env bash
# client-go 0.34.4 and apimachinery 0.34.4 (Go modules k8s.io/...): the converter with which server-side apply reads an object
#
# Lists with a key may not hold one key twice when an object is applied on the server's side, also where the API takes it in a create or a client-side apply and programs live with it: a variable set
# twice in `env` (the last one counts), one IP in two `hostAliases`, a pull secret named twice, a container port given twice under two names. Tolerations and Ingress rules are whole values and
# may repeat. So `kubectl apply` works and `kubectl apply --server-side` of the same file is refused, by the server with a status of 500.
# And a key with `null` counts as a field of whoever applied it, although nothing is stored there: the managed fields of an object name a path that the object does not have.
#
# roro finds doubles while rendering, with file and line.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module apply
go 1.24
require (
	k8s.io/apimachinery v0.34.4
	k8s.io/client-go v0.34.4
	sigs.k8s.io/yaml v1.6.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: "

func main() {
	converter := applyconfigurations.NewTypeConverter(scheme.Scheme)
	for _, text := range []string{
		pod + "{containers: [{name: c, env: [{name: M, value: a}, {name: M, value: b}]}]}",
		pod + "{hostAliases: [{ip: 1.1.1.1, hostnames: [a]}, {ip: 1.1.1.1, hostnames: [b]}]}",
		pod + "{imagePullSecrets: [{name: a}, {name: a}]}",
		pod + "{containers: [{name: c, ports: [{name: a, containerPort: 80}, {name: b, containerPort: 80}]}]}",
		pod + "{tolerations: [{key: a}, {key: a}]}",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {gone: null}",
	} {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
			panic(err)
		}
		typed, err := converter.ObjectToTyped(object)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fields, err := typed.ToFieldSet()
		if err != nil {
			panic(err)
		}
		owned, _ := fields.ToJSON()
		fmt.Println(string(owned))
	}
}
GO
go mod tidy >/dev/null 2>&1
go run . >seen
diff - seen <<'SEEN' && echo "as found: server-side apply refuses doubles, and null is an owned field"
.spec.containers[name="c"].env: duplicate entries for key [name="M"]
.spec.hostAliases: duplicate entries for key [ip="1.1.1.1"]
.spec.imagePullSecrets: duplicate entries for key [name="a"]
.spec.containers[name="c"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]
{"f:apiVersion":{},"f:kind":{},"f:metadata":{"f:name":{}},"f:spec":{"f:tolerations":{}}}
{"f:apiVersion":{},"f:data":{"f:gone":{}},"f:kind":{},"f:metadata":{"f:name":{}}}
SEEN
