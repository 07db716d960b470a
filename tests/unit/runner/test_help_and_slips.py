"""Help must show commands whole, and a slip of the keyboard be answered with what was meant."""

from __future__ import annotations

import click
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus
from click.testing import CliRunner

from roro.cli import cli
from roro.forward_command import forward, moved, refuse_twice


@pytest.mark.parametrize("command", ["list", "start", "stop", "shutdown"])
def test_each_command_of_forward_must_show_examples(command: str) -> None:
    assert f"\n    roro forward {command}" in CliRunner().invoke(forward, [command, "--help"]).output


def test_an_example_must_never_wrap() -> None:
    told = CliRunner().invoke(cli, ["up", "--help"], terminal_width=50).output
    assert "\n    roro up prod --var image=shop/api:2\n" in told


def test_a_mistyped_command_must_be_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(click.UsageError, match='Did you mean "up"'):
        cli.main(["upp"], standalone_mode=False)


def test_a_target_without_a_kind_must_be_told_to_have_one() -> None:
    with pytest.raises(UsageError) as refused:
        forward.main(["hello", "18082:80"], standalone_mode=False)
    assert "service/hello" in (refused.value.problems[0].hint or "")


def test_a_forward_that_moved_must_say_so() -> None:
    now = ForwardStatus("a", "service/web", "shop", 80, local_port=18082)
    assert "moved from local port 18080 to 18082" in moved(18080, now)
    assert (moved(18082, now), moved(None, now)) == ("", "")


def test_two_local_ports_of_one_forward_must_be_refused_rather_than_one_dropped() -> None:
    refuse_twice(["a", "b"])
    with pytest.raises(UsageError, match="several times"):
        refuse_twice(["a", "a"])
