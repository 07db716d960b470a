// Command dockerignore tells which paths of a build context BuildKit's own code sends, for the .dockerignore that it is given.
//
// Input: a JSON object a line, {"dir": "/abs", "ignore": "text of .dockerignore"}. Output: a JSON object a line, {"paths": [...], "error": ""}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	gofs "io/fs"
	"os"
	"sort"
	"strings"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
)

type question struct {
	Dir    string `json:"dir"`
	Ignore string `json:"ignore"`
}

type answer struct {
	Paths []string `json:"paths"`
	Error string   `json:"error"`
}

func look(asked question) answer {
	found := answer{Paths: []string{}}
	patterns, err := ignorefile.ReadAll(strings.NewReader(asked.Ignore))
	if err == nil {
		err = fsutil.WalkDir(context.Background(), asked.Dir, &fsutil.FilterOpt{ExcludePatterns: patterns},
			func(path string, entry gofs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				if entry.IsDir() {
					path += "/"
				}
				found.Paths = append(found.Paths, path)
				return nil
			})
	}
	if err != nil {
		return answer{Paths: []string{}, Error: err.Error()}
	}
	sort.Strings(found.Paths)
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if err := out.Encode(look(asked)); err != nil {
			panic(err)
		}
	}
}
