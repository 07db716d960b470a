"""An internal error of the server must be told by what it says, not always as an admission webhook."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import saying

SCHEMA = (
    "failed to create typed patch object (shop/api; apps/v1, Kind=Deployment): errors:\n"
    '  .spec.template.spec.containers[name="main"].env: duplicate entries for key [name="MODE"]'
)
AWAY = (
    'Internal error occurred: failed calling webhook "teams.example.com": failed to call webhook: '
    'Post "https://guard.shop.svc:443/?timeout=10s": no endpoints available for service "guard"'
)
CONVERSION = 'conversion webhook for example.com/v1beta1, Kind=Thing failed: Post "https://turn.shop.svc:443/": service "turn" not found'


@pytest.mark.parametrize(
    ("message", "reason", "words"),
    [
        pytest.param(SCHEMA, "Invalid", "schema of its kind", id="schema"),
        pytest.param(AWAY, "WebhookFailed", "teams.example.com does not answer (Service shop/guard)", id="webhook"),
        pytest.param(CONVERSION, "ConversionFailed", "Objects of Thing are converted", id="conversion"),
        pytest.param('admission webhook "a.b" denied the request: no', "AdmissionDenied", "keep the webhook", id="denied"),
        pytest.param("Internal error occurred: jsonpatch add operation does not apply", "WebhookFailed", "mutating webhook", id="patch"),
        pytest.param("etcdserver: request is too large", "TooLarge", "1.5 MiB", id="large"),
        pytest.param("etcdserver: mvcc: database space exceeded", "StoreFull", "etcd", id="full"),
        pytest.param("Internal error occurred: failed to allocate a serviceIP: range is full", "RangeFull", "range", id="range"),
        pytest.param("Internal error occurred: something", "", "by itself", id="else"),
    ],
)
def test_an_internal_error_must_be_told_by_what_it_says(message: str, reason: str, words: str) -> None:
    found = saying(message)
    assert found.reason == reason
    assert words in found.hint
    assert ("webhook" in found.hint.lower()) == ("webhook" in message or "jsonpatch" in message)
