"""Label selectors as the API server reads them."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._values.selector import matches

LABELS = {"app": "db", "tier": "back", "example.com/team": "web"}


@pytest.mark.parametrize(
    ("selector", "met"),
    [
        ("app=db", True),
        ("app==db", True),
        ("app = db", True),
        ("app=web", False),
        ("app!=web", True),
        ("app!=db", False),
        ("other!=x", True),
        ("app=db,tier!=front", True),
        ("app=db,tier=front", False),
        ("app in (db, web)", True),
        ("app in (web)", False),
        ("app notin (web)", True),
        ("app notin (db,web)", False),
        ("other notin (x)", True),
        ("other in (x)", False),
        ("app", True),
        ("other", False),
        ("!other", True),
        ("!app", False),
        ("example.com/team=web,app", True),
        ("app=", False),
        ("", True),
    ],
)
def test_a_selector_must_mean_what_it_means_to_the_server(selector: str, met: bool) -> None:
    assert matches(selector, LABELS) is met


@pytest.mark.parametrize("selector", ["app in db", "=db", "app=db;tier", "app in (db", "(app)"])
def test_what_is_no_selector_must_be_refused_with_its_place(selector: str) -> None:
    with pytest.raises(DocumentError, match="is wrong at character"):
        matches(selector, LABELS)
