"""Whoever comes from Compose must find what they type, or be told what is meant, and the page must not promise what is not there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import DOCUMENT_KINDS, document_schema

from roro import compose_words
from roro.cli import COMMANDS, cli
from roro.words_after import split_words

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "from-docker-compose.md"
TEXTS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "roro").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
COMPOSE = """
attach bridge build commit config convert cp create down events exec export help images kill logs ls pause port ps publish pull push
restart rm run scale start stats stop top unpause up version volumes wait watch
""".split()  # noqa: SIM905 - to be read


def commands_of(text: str) -> list[list[str]]:
    """What is written as a `roro` command, in code spans and in code blocks."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    spans = [*re.findall(r"`(roro [^`]*)`", text), *re.findall(r"^(roro .*?)(?:\s+#.*)?$", blocks, re.MULTILINE)]
    return [shlex.split(span.replace("'", " ")) for span in spans]


def refused(words: list[str]) -> str:
    """Why the command or one of its options is not there, "" when all is."""
    command: click.Command = cli
    context = click.Context(cli, info_name="roro")
    for place, word in enumerate(words[1:], start=1):
        if word in ("--", "|"):
            return ""
        if word.startswith("-"):
            known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
            if word not in known:
                return f"{' '.join(words)}: no option {word}"
        elif isinstance(command, click.Group) and words[place - 1] != "-w":
            if not word.isalpha() or word.isupper():
                return ""  # TARGET, [list], {verb}: something in its place
            found = command.get_command(context, word)
            if found is None:
                return f"{' '.join(words)}: no command {word}"
            command = found
    return ""


def test_every_command_and_option_of_the_page_must_be_there() -> None:
    found = commands_of(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 40
    assert [why for why in map(refused, found) if why] == []


def test_what_is_not_there_must_be_noticed() -> None:
    assert refused(["roro", "up", "dev", "--detach"]) == "roro up dev --detach: no option --detach"
    assert refused(["roro", "stats"]) == "roro stats: no command stats"
    assert refused(["roro", "cluster", "up", "--name", "x"]) == ""


def test_nothing_that_is_not_there_must_be_told_to_be_typed() -> None:
    """In the docs, and in the hints of errors, of the command and of the engine."""
    found = {str(path.relative_to(ROOT)): commands_of(path.read_text(encoding="utf-8")) for path in TEXTS}
    assert sum(map(len, found.values())) > 150
    assert [f"{path}: {why}" for path, commands in found.items() for why in map(refused, commands) if why] == []


def test_every_command_must_have_examples_and_every_option_a_help() -> None:
    def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            for word in command.list_commands(click.Context(command)):
                found = command.get_command(click.Context(command), word)
                assert found is not None
                yield from commands(found, f"{name} {word}")
        else:
            yield name, command

    found = list(commands(cli, "roro"))
    assert [name for name, command in found if f"  {name}" not in (command.epilog or "") and not command.hidden] == []
    options = [(name, option) for name, command in found for option in command.params if isinstance(option, click.Option)]
    assert [f"{name} {option.opts[0]}" for name, option in options if not option.help and not option.hidden] == []


@pytest.mark.parametrize("word", COMPOSE)
def test_every_command_of_compose_must_be_on_the_page_and_be_answered(word: str) -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert any(re.search(rf"`{word}[` ]", row) for row in rows), f"{word} is not in a first column"
    assert word in COMMANDS or compose_words.command_words(word)


def test_advice_must_name_only_what_is_there() -> None:
    texts = [*compose_words.COMMANDS.values(), *compose_words._ANYWHERE.values()]
    texts += [text for options in compose_words._OPTIONS.values() for text in options.values()]
    assert [why for text in texts for why in map(refused, commands_of(text)) if why] == []
    assert set(compose_words._OPTIONS) <= set(COMMANDS)
    keys = {key for kind in DOCUMENT_KINDS for key in re.findall(r'"(\w+)":', json.dumps(document_schema(kind)))}
    told = {key for text in texts for key in re.findall(r'["`](\w+)["`]', text) if text.count("app.json")}
    assert told and told <= keys
    assert not set(compose_words.COMMANDS) & set(COMMANDS)


@pytest.mark.parametrize("command", list(compose_words._OPTIONS))
def test_no_option_of_ours_must_be_answered_as_foreign(command: str) -> None:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    ours = {name for option in found.params for name in option.opts}
    assert not ours & set(compose_words._OPTIONS[command])


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["up", "--dry-run"], "`--check`"),
        (["up", "-d"], "`--no-wait`"),
        (["up", "dev", "--force-recreate"], "`roro restart`"),
        (["--file", "x", "up"], "`-w DIR`"),
        (["status"], "`roro ps`"),
        (["stats"], "`roro top`"),
        (["scale", "web=3"], "--var replicas=3"),
        (["commit"], "not made into an image"),
        (["exec", "-u", "root", "api"], "own user"),
    ],
)
def test_what_is_typed_from_memory_must_be_answered_with_what_is_meant(typed: list[str], told: str) -> None:
    with pytest.raises(click.UsageError) as error:
        cli.main(typed, standalone_mode=False)
    assert told in error.value.message
    assert "Did you mean" not in error.value.message


def test_down_v_must_be_refused_with_what_it_could_mean() -> None:
    with pytest.raises(UsageError) as error:
        cli.main(["down", "dev", "-v"], standalone_mode=False)
    assert error.value.problems[0].hint == "Volumes stay; --volumes deletes them, --verbose tells more."


def test_help_must_show_what_the_option_shows(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["help", "cluster", "up"], standalone_mode=False)
    assert "Usage: roro cluster up" in capsys.readouterr().out
    with pytest.raises(UsageError) as error:
        cli.main(["help", "stats"], standalone_mode=False)
    assert "`roro top`" in (error.value.problems[0].hint or "")


def test_a_command_must_be_told_from_options_by_dashes() -> None:
    @click.command()
    def nothing() -> None: ...

    context = click.Context(nothing)
    assert split_words(context, ("api", "ls", "-l"), "exec") == ("api", ("ls", "-l"))
    with pytest.raises(UsageError, match='is "-c" an option of exec'):
        split_words(context, ("api", "-c", "main"), "exec")
    context.meta["roro.words_after"] = ("-x",)
    assert split_words(context, ("api",), "exec") == ("api", ("-x",))
    with pytest.raises(UsageError, match="takes one instance"):
        split_words(context, ("api", "web"), "exec")
