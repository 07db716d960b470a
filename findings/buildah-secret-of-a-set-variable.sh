#!/usr/bin/env bash
# buildah 1.41.5 (Go module github.com/containers/buildah, pkg/parse: what `buildah build` and `podman build` read --secret with)
#
# `--secret id=NPM_TOKEN,src=npm.txt` gives the build the file, as with Docker, unless a variable NPM_TOKEN is set where the command runs: then the type is taken to be `env` and npm.txt to be the name of a variable.
# Nobody looks whether the file is there any more, and the build sees an empty secret without an error. So a build that works on a desk gets an empty secret in CI, where tokens are variables of just these names.
# `type=file` said explicitly takes the file in both cases. (buildah 1.28.2 of Debian 12 builds so: `wc -c` of the secret says 0.)
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
mkdir "$work/module"; cd "$work/module"
printf 'module secrets\ngo 1.24\nrequire github.com/containers/buildah v1.41.5\n' >go.mod
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/containers/buildah/pkg/parse"
)

func main() {
	os.Unsetenv("NPM_TOKEN")
	for _, set := range []bool{false, true} {
		if set {
			os.Setenv("NPM_TOKEN", "of the shell")
		}
		for _, flag := range []string{"id=NPM_TOKEN,src=npm.txt", "id=NPM_TOKEN,type=file,src=npm.txt"} {
			secrets, err := parse.Secrets([]string{flag})
			if err != nil {
				fmt.Println("variable set:", set, "|", flag, "|", err)
				continue
			}
			fmt.Println("variable set:", set, "|", flag, "|", secrets["NPM_TOKEN"].SourceType)
		}
	}
}
GO
printf 'of the file' >npm.txt
go mod tidy >/dev/null 2>&1
go run -tags 'containers_image_openpgp exclude_graphdriver_btrfs exclude_graphdriver_devicemapper remote' . >seen
diff - seen <<'SEEN' && echo "as found: buildah 1.41.5 takes a secret's file for a variable where a variable has the name of the secret"
variable set: false | id=NPM_TOKEN,src=npm.txt | file
variable set: false | id=NPM_TOKEN,type=file,src=npm.txt | file
variable set: true | id=NPM_TOKEN,src=npm.txt | env
variable set: true | id=NPM_TOKEN,type=file,src=npm.txt | file
SEEN
