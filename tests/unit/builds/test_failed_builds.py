"""What a builder says of a failure becomes the Dockerfile's line, the reason and the step's last lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build import ImageSpec
from ansible_collections.roro.kube.plugins.module_utils._build.failures import build_failure
from ansible_collections.roro.kube.plugins.module_utils._build.running import Ended

DOCKERFILE = "FROM scratch\nCOPY bb /bin/sh\nRUN echo hi &&\\\n   false\n"
BUILDAH = (
    "STEP 1/3: FROM scratch",
    "STEP 2/3: COPY bb /bin/sh",
    "STEP 3/3: RUN echo hi &&   false",
    "hi",
    "subprocess exited with status 1",
    'Error: building at STEP "RUN echo hi &&   false": exit status 1',
)
BUILDKIT = (
    "#1 [internal] load build definition from Dockerfile",
    "#6 [3/3] RUN echo hi &&   false",
    "#6 0.123 hi",
    '#6 ERROR: process "/bin/sh -c echo hi &&   false" did not complete successfully: exit code: 1',
    "------",
    " > [3/3] RUN echo hi &&   false:",
    "0.123 hi",
    "------",
    "Dockerfile:3",
    "--------------------",
    "   2 |     COPY bb /bin/sh",
    "   3 | >>> RUN echo hi &&\\",
    "   4 | >>>    false",
    "--------------------",
    'ERROR: failed to solve: process "/bin/sh -c echo hi &&   false" did not complete successfully: exit code: 1',
)
PARSE = "ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: FOO"
COPY = 'Error: building at STEP "COPY bb /bin/sh": checking on sources: copier: stat: "/bb": no such file'


@pytest.mark.parametrize("lines", [BUILDAH, BUILDKIT], ids=["buildah", "buildkit"])
def test_the_line_of_the_step_must_be_told_with_its_last_lines(make_spec: Callable[..., ImageSpec], lines: tuple[str, ...]) -> None:
    error = build_failure(make_spec({"Dockerfile": DOCKERFILE}), "builder", Ended(1, lines))
    (problem,) = error.problems
    assert problem.where == "src/Dockerfile:3"
    first, *said = problem.message.splitlines()
    assert first.startswith("image api could not be built at RUN echo hi && false: ")
    assert "exit" in first
    assert said == ["  | hi"]


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ((PARSE,), "src/Dockerfile:2", "unknown instruction: FOO"),
        ((COPY,), "src/Dockerfile:2", "no such"),
        (("Error: creating build container: boom",), "src/Dockerfile", "boom"),
        ((), "src/Dockerfile", "builder ended with 3"),
    ],
)
def test_other_failures_must_be_told_with_what_is_known(
    make_spec: Callable[..., ImageSpec], lines: tuple[str, ...], where: str, words: str
) -> None:
    (problem,) = build_failure(make_spec({"Dockerfile": DOCKERFILE}), "builder", Ended(3, lines)).problems
    assert problem.where == where
    assert words in problem.message


def test_a_builder_that_is_not_there_must_be_told_as_such(make_spec: Callable[..., ImageSpec]) -> None:
    (problem,) = build_failure(make_spec({}), "podman", Ended(127, ("podman: No such file",))).problems
    assert "podman is not there" in problem.message
