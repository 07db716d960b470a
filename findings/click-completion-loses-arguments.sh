#!/usr/bin/env bash
# click 8.5.1 (PyPI), shell completion of an option's value
#
# A `shell_complete` function is given a context whose `params` hold what has been typed so far, so that the completion of one value can look at another. With `f a b --to <TAB>` the arguments a and b
# are not in `params["names"]`, which is empty, but in `args`; with `f a b --to=<TAB>` they are where one expects them. So a completion that depends on an argument
# works or not by a blank.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check click==8.5.1
cat >"$work/program.py" <<'PY'
import click

def offer(ctx, param, incomplete):
    return [f"names={ctx.params.get('names')}-args={ctx.args}".replace(" ", "")]

@click.command()
@click.argument("names", nargs=-1)
@click.option("--to", shell_complete=offer)
def main(names, to):
    pass

main(prog_name="program")
PY
complete() { # words, number of the word that is completed
  COMP_WORDS="$1" COMP_CWORD="$2" _PROGRAM_COMPLETE=bash_complete "$work/venv/bin/python" "$work/program.py"
}
{ complete "program a b --to " 4; complete "program a b --to=" 3; } >"$work/seen"
diff - "$work/seen" <<'SEEN' && echo "as found: click 8.5.1 has no arguments while the value of an option is completed"
plain,names=()-args=['a','b']
plain,names=('a','b')-args=[]
SEEN
