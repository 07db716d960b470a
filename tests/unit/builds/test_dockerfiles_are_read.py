"""Instructions with their lines, and the images that a Dockerfile begins with."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build.dockerfile import bases, declared_arguments, instructions, line_of

TEXT = """\
# escape=`
# a comment
ARG VERSION=3.12
FROM --platform=$BUILDPLATFORM python:${VERSION} AS base

RUN apt-get update && `
    # inside
    apt-get install -y "curl"
FROM base as run
COPY --from=docker.io/library/busybox:1 /bin/sh /bin/sh
COPY --from=base /x /x
RUN <<EOF
FROM nowhere
EOF
FROM scratch
FROM ${OTHER:-debian:12}
"""


def test_instructions_must_have_their_first_line() -> None:
    found = [(one.name, one.line) for one in instructions(TEXT)]
    assert found == [
        *(("ARG", 3), ("FROM", 4), ("RUN", 6), ("FROM", 9), ("COPY", 10), ("COPY", 11), ("RUN", 12), ("FROM", 15), ("FROM", 16)),
    ]


def test_bases_must_be_images_and_no_stages() -> None:
    assert bases(instructions(TEXT), {}) == ["python:3.12", "docker.io/library/busybox:1", "debian:12"]
    assert bases(instructions(TEXT), {"VERSION": "3.13"})[0] == "python:3.13"
    assert bases(instructions("ARG A\nFROM $A\nFROM x:1"), {}) == ["x:1"]


def test_declared_arguments_must_be_those_of_all_stages() -> None:
    assert declared_arguments(instructions("ARG A=1 B\nFROM x\nARG C")) == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ('RUN apt-get update && apt-get install -y "curl"', 6),
        ('RUN apt-get update && apt-get install -y \\"curl\\"', 6),
        ("RUN apt-get update", 6),
        ("copy --from=base /x /x", 11),
        ("RUN something else", None),
        ("", None),
    ],
)
def test_a_step_must_be_found_however_the_builder_writes_it(step: str, line: int | None) -> None:
    assert line_of(instructions(TEXT), step) == line


@pytest.mark.parametrize("text", ["", "\\", "FROM", "ARG", "RUN <<EOF", "\ufeffFROM a\r\n", "# escape=\\\n", "COPY --from= a"])
def test_nothing_must_be_too_odd_to_be_read(text: str) -> None:
    bases(instructions(text), {})
    declared_arguments(instructions(text))
