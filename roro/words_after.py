"""Commands that are given another command: `[ENV] INSTANCE [options] -- COMMAND ARG...`, or with the options first, as Compose has it."""

from __future__ import annotations

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

_AFTER = "roro.words_after"


class WithCommand(click.Command):
    """Everything after `--` belongs to the other command, whatever it looks like. Without `--` options end at the first name."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """What is typed, in words."""
        return ["[OPTIONS]", "[ENV]", "INSTANCE", "[-- COMMAND [ARG]...]"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, for what comes before `--`."""
        ctx.allow_interspersed_args = "--" in args
        if ctx.allow_interspersed_args:
            place = args.index("--")
            args, ctx.meta[_AFTER] = args[:place], tuple(args[place + 1 :])
        return super().parse_args(ctx, args)


def split_words(context: click.Context, instances: tuple[str, ...], verb: str) -> tuple[str, tuple[str, ...]]:
    """(instance, command) from the names that are left when the environment is known. Raises UsageError."""
    after: tuple[str, ...] | None = context.meta.get(_AFTER)
    if not instances:
        raise UsageError("which instance?", hint=f"Name one: roro {verb} ENV INSTANCE -- COMMAND; `roro ps` lists them.")
    instance, rest = instances[0], instances[1:]
    if after is None:
        if rest and rest[0].startswith("-"):
            ways = f"roro {verb} {rest[0]} {instance}, or roro {verb} {instance} {rest[0]} -- COMMAND"
            hint = f"Options come before the names, or before --: {ways}."
            raise UsageError(f'is "{rest[0]}" an option of {verb}, or the command?', hint=hint)
        return instance, rest
    if rest:
        raise UsageError(f"{verb} takes one instance, but also got: {' '.join(rest)}", hint="The command comes after --.")
    return instance, after
