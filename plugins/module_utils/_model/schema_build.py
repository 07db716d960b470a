# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents may say of images that are built from sources. Pure data."""

from __future__ import annotations

from .schema_parts import END, Schema, many, named, record, ref, text

SIZE = "[0-9]+(\\.[0-9]+)?(B|[kKMGT]B|[KMGT]i)?"
"""A number of bytes: `500MB` (10^6) or `500Mi` (2^20)."""
# https://pkg.go.dev/github.com/distribution/reference: host and port, then lower-case path components; no tag, no digest.
REPOSITORY = "([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?/)?[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*"
_SECRET: Schema = record(
    "Where a secret of the build is. One of file and environment.",
    {
        "file": text("A file, relative to the app's folder or from ~."),
        "environment": text(
            "A variable of the environment of whoever builds.",
            title="the name of an environment variable",
            pattern=f"^[A-Za-z_][A-Za-z0-9_]*{END}",
        ),
    },
)
_ARGUMENT: Schema = {
    "description": "Its value; {{ git.shortCommit }} and the computed variables may be used.",
    "title": "a text, a number, true or false",
    "type": ["string", "number", "boolean"],
}
_IMAGE: dict[str, Schema] = {
    "context": text("The folder whose files the build sees, relative to the app's folder. Default: the app's folder.") | {"default": "."},
    "dockerfile": text("The Dockerfile, relative to the context. Default: Dockerfile.") | {"default": "Dockerfile"},
    "target": text("The stage of the Dockerfile that is built. Default: the last."),
    "args": named(_ARGUMENT, "Build arguments, by name. They stay in the image's history: no secrets.", "variableName"),
    "secrets": {
        "description": "Secrets that `RUN --mount=type=secret` sees: names of environment variables, or an object by id.",
        "title": "a list of names, or an object by id",
        "anyOf": [
            many(
                text("", title="the name of an environment variable", pattern=f"^[A-Za-z_][A-Za-z0-9_]*{END}"),
                "Ids, which are names of environment variables.",
                title="a list of names",
            ),
            named(_SECRET, "Secrets by id.", "secretId"),
        ],
    },
    "platforms": many(
        text("", title="a platform such as linux/amd64", pattern=f"^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?{END}"),
        "Platforms that are built. Default: that of the builder.",
        title="a list of platforms",
    ),
    "image": text(
        "The image's name without a tag. Default: roro.local/<workspace>/<app>, which is never pulled.",
        title="the name of an image without a tag, such as registry.example.com/shop/api",
        pattern=f"^{REPOSITORY}{END}",
    ),
    "tags": many(
        text("", title="a tag"),
        "Further tags; {{ git.shortCommit }} and the computed variables may be used. Manifests get the tag of the content.",
        title="a list of tags",
    ),
    "labels": named(text("", title="a text", empty=True), "Labels of the image.", "labelName"),
    "maxSize": text(
        "What the image may have unpacked: more is an error that says what is large.",
        title='a size such as "500MB" or "1.5Gi"',
        pattern=f"^{SIZE}{END}",
    ),
}
BUILD_NAMES: dict[str, Schema] = {
    "secretId": text(
        "The id of a secret, or a note (x-...).",
        title="an id of letters, digits, dots, dashes and underscores",
        pattern=f"^[A-Za-z0-9_][A-Za-z0-9_.-]*{END}",
    ),
    "labelName": text("The name of a label.", title="the name of a label"),
}
BUILD_IMAGE = record("An image that is built from sources.", _IMAGE)
BUILD: Schema = {
    "description": "The image that manifests get as {{ image }}, or several by name, which they get as {{ images.NAME }}.",
    "title": "a folder, or an object",
    "anyOf": [
        text("", title="a folder"),
        record(
            "The image, or several in `images`.",
            {**_IMAGE, "images": named(ref("buildImage"), "Several images by name, instead of one.", "variableName")},
        ),
    ],
}
