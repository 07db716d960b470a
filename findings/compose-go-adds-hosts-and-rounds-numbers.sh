#!/usr/bin/env bash
# compose-go 2.16.2 (Go module github.com/compose-spec/compose-go/v2), two Compose files of one project
#
# An override file replaces a label, a variable or a volume at the same path. A name in `extra_hosts` gets **both** addresses, the base's first, so that the override is usually without effect;
# `dns` and `tmpfs` add up likewise. And a number in `environment` is read as a number before it becomes text: `VERSION: 1.10` reaches the program as "1.1", `MODE: 0o10` as "8",
# `LIMIT: 1e3` as "1000", while `yes` stays "yes" (YAML 1.2), other than in Kubernetes.
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module project
go 1.24
require github.com/compose-spec/compose-go/v2 v2.16.2
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sort"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithName("shop"))
	if err != nil {
		log.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	web := project.Services["web"]
	var lines []string
	for name, value := range web.Environment {
		lines = append(lines, fmt.Sprintf("%s=%q", name, *value))
	}
	sort.Strings(lines)
	fmt.Println(lines)
	fmt.Println("hosts", web.ExtraHosts["db"], "dns", web.DNS, "labels", web.Labels)
}
GO
cat >base.yaml <<'YAML'
services:
  web:
    image: nginx
    environment: {VERSION: 1.10, MODE: 0o10, LIMIT: 1e3, FLAG: yes}
    extra_hosts: ["db:10.0.0.1"]
    dns: 10.0.0.2
    labels: {tier: base}
YAML
cat >override.yaml <<'YAML'
services:
  web:
    extra_hosts: ["db:10.0.0.9"]
    dns: 10.0.0.8
    labels: {tier: override}
YAML
go mod tidy >/dev/null 2>&1
go run . base.yaml override.yaml >seen
diff - seen <<'SEEN' && echo "as found: compose-go 2.16.2 keeps both addresses of one host, and 1.10 is 1.1"
[FLAG="yes" LIMIT="1000" MODE="8" VERSION="1.1"]
hosts [10.0.0.1 10.0.0.9] dns [10.0.0.2 10.0.0.8] labels map[tier:override]
SEEN
