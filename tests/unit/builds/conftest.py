"""Contexts in temporary folders, and a user's cache of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build import ImageSpec

MakeSpec = Callable[..., ImageSpec]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """A spec over a context with these files: `make_spec({"a": "text"}, target="run")`. An existing context is written over."""

    def make(files: dict[str, str], **settings: Any) -> ImageSpec:
        context = tmp_path / "shop" / "src"
        for name, text in {"Dockerfile": "FROM scratch\nCOPY . /\n", **files}.items():
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            (context / name).write_text(text)
        base = {"name": "api", "label": "api", "root": tmp_path / "shop", "context": context, "dockerfile": context / "Dockerfile"}
        return ImageSpec(**{**base, "repository": "roro.local/shop/api", **settings})

    return make
