#!/usr/bin/env bash
# compose-go 2.16.0 (Go module github.com/compose-spec/compose-go/v2, the reader of Docker Compose): values of a valid file that become others, each without a word
#
#   env file that ends in a name alone (TAG, no "=", no line end)   sets a variable whose name is empty to the text TAG; with a line end TAG is looked up in the environment, as documented
#   environment: {RELEASED: 2026-01-02}                             the text "2026-01-02 00:00:00 +0000 UTC"
#   mem_limit: 99999999999999999999                                 0, which is no limit
#   volumes: [d:/data], a named volume of one letter                an anonymous volume at the path d:/data: the letter is taken for a Windows drive, on Linux too
#   build.ssh with a path, written as JSON                          no JSON: the path has no quotes, so Project.MarshalJSON fails
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module read
go 1.24
require github.com/compose-spec/compose-go/v2 v2.16.0
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"sort"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions([]string{"compose.yaml"}, cli.WithName("x"))
	if err != nil {
		panic(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		panic(err)
	}
	service := project.Services["web"]
	var names []string
	for name := range service.Environment {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if value := service.Environment[name]; value != nil {
			fmt.Printf("%q = %q\n", name, *value)
		} else {
			fmt.Printf("%q without a value\n", name)
		}
	}
	fmt.Println("memory:", int64(service.MemLimit))
	fmt.Println("volume:", service.Volumes[0].Type, "from", service.Volumes[0].Source, "at", service.Volumes[0].Target)
	_, err = project.MarshalJSON()
	fmt.Println("as JSON:", err == nil)
}
GO
printf 'A=1\nTAG' >cut.env
printf 'B=2\nREADY\n' >whole.env
cat >compose.yaml <<'YAML'
services:
  web:
    image: web
    env_file: [cut.env, whole.env]
    environment: {RELEASED: 2026-01-02}
    mem_limit: 99999999999999999999
    volumes: [d:/data]
    build: {context: ., ssh: [default=/run/agent.sock]}
volumes: {d: {}}
YAML
go mod tidy >/dev/null 2>&1
env -u TAG -u READY go run . >seen
diff - seen <<'SEEN' && echo "as found: compose-go 2.16.0 takes five values for others"
"" = "TAG"
"A" = "1"
"B" = "2"
"RELEASED" = "2026-01-02 00:00:00 +0000 UTC"
memory: 0
volume: volume from  at d:/data
as JSON: false
SEEN
