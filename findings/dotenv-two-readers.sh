#!/usr/bin/env bash
# compose-go 2.16.2 (Go module github.com/compose-spec/compose-go/v2, the reader of Docker Compose) and python-dotenv 1.2.4 (PyPI)
#
# One .env file, two readers that many projects use side by side. Quotes, comments and `export` are read alike; these are not:
#   NAME:value     Compose: a variable with a value; python-dotenv: a variable called "NAME:value" without one, in silence
#   A=$$B          Compose: the text $B;             python-dotenv: $$B
#   A="$HOME_"     Compose: replaced (blank here);   python-dotenv: the text, as only ${...} is replaced
#   A=${B-x}       Compose: x;                       python-dotenv: empty, it knows only :-
#   A=${B:?why}    Compose: an error with the reason; python-dotenv: the text ${B:?why}
#   A="x"y         Compose: x;                       python-dotenv: cannot parse, the variable is missing
# So a file that a Compose project uses cannot be read with python-dotenv without saying so.
#
# roro reads its envFile by Compose's rules (docs/from-docker-compose.md).
set -euo pipefail
work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOPATH=$work/go GOFLAGS=-modcacherw
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-dotenv==1.2.4
mkdir "$work/module"; cd "$work/module"
cat >go.mod <<'MOD'
module reader
go 1.24
require github.com/compose-spec/compose-go/v2 v2.16.2
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	none := func(string) (string, bool) { return "", false }
	found, err := dotenv.ParseWithLookup(strings.NewReader(os.Args[1]), none)
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	for name, value := range found {
		fmt.Printf("%s is %q\n", name, value)
	}
}
GO
go mod tidy >/dev/null 2>&1
go build -o compose .
cat >python-dotenv.py <<'PY'
import io, sys
from dotenv import dotenv_values
for name, value in dotenv_values(stream=io.StringIO(sys.argv[1])).items():
    print(name, "is", "None" if value is None else '"' + value + '"')
PY
both() {
  line=$1$'\n'
  printf '%s\n  compose-go: %s\n  python-dotenv: %s\n' "$1" "$(./compose "$line" 2>/dev/null)" "$("$work/venv/bin/python" python-dotenv.py "$line" 2>/dev/null)"
}
for line in 'NAME:value' 'A=$$B' 'A="$HOME_"' 'A=${B-x}' 'A=${B:?why}' 'A="x"y' 'A="x # y" # z'; do both "$line"; done >seen
diff - seen <<'SEEN' && echo "as found: compose-go 2.16.2 and python-dotenv 1.2.4 read one file in two ways"
NAME:value
  compose-go: NAME is "value"
  python-dotenv: NAME:value is None
A=$$B
  compose-go: A is "$B"
  python-dotenv: A is "$$B"
A="$HOME_"
  compose-go: A is ""
  python-dotenv: A is "$HOME_"
A=${B-x}
  compose-go: A is "x"
  python-dotenv: A is ""
A=${B:?why}
  compose-go: error: required variable B is missing a value: why
  python-dotenv: A is "${B:?why}"
A="x"y
  compose-go: A is "x"
  python-dotenv: 
A="x # y" # z
  compose-go: A is "x # y"
  python-dotenv: A is "x # y"
SEEN
