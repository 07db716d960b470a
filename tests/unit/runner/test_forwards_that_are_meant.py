"""`roro forward stop` must close what was named, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus, Origin

from roro.forward_names import Where, exact_forwards, is_exact, meant_forwards


def by_hand(key: str, target: str = "service/api", namespace: str = "shop-dev", context: str = "kind-dev") -> ForwardStatus:
    return ForwardStatus(key, target, namespace, 80, context, f"https://{context}")


def of_document(key: str, environment: str, target: str = "service/api") -> ForwardStatus:
    origin = Origin("shop", environment, "api", "http")
    return ForwardStatus(key, target, f"shop-{environment}", 80, "kind-dev", "https://kind-dev", origin)


def meant(known: Sequence[ForwardStatus], *names: str, namespace: str | None = None, context: str | None = None) -> list[str]:
    return meant_forwards(names, known, Where(namespace, context), lambda of: [s for s in known if s.origin.environment == of[0]])


def test_a_target_must_not_take_the_forwards_of_documents_with_it() -> None:
    assert meant([of_document("d", "dev"), of_document("p", "prod"), by_hand("h")], "service/api") == ["h"]


def test_a_target_must_be_understood_in_every_spelling() -> None:
    assert meant([by_hand("h")], "svc/api") == meant([by_hand("h")], "Services/api") == ["h"]


def test_all_ports_of_a_target_in_one_place_must_be_meant() -> None:
    assert meant([by_hand("one"), by_hand("two")], "service/api") == ["one", "two"]


@pytest.mark.parametrize("other", [by_hand("b", namespace="shop-prod"), by_hand("b", context="prod")], ids=["namespace", "cluster"])
def test_a_target_in_several_places_must_be_asked_for_and_listed(other: ForwardStatus) -> None:
    with pytest.raises(UsageError, match="in several places") as refused:
        meant([by_hand("a"), other], "service/api")
    lines = (refused.value.problems[0].hint or "").splitlines()
    assert lines[1:] == ["a  kind-dev shop-dev  service/api:80", f"b  {other.context} {other.namespace}  service/api:80"]


def test_the_same_name_on_two_servers_without_contexts_must_be_two_places() -> None:
    known = [ForwardStatus(key, "service/api", "shop", 80, "", f"https://{key}") for key in ("one", "two")]
    with pytest.raises(UsageError, match="several places"):
        meant(known, "service/api")


def test_namespace_and_context_must_choose() -> None:
    known = [by_hand("a"), by_hand("b", namespace="shop-prod"), by_hand("c", context="prod")]
    assert meant(known, "service/api", namespace="shop-prod") == ["b"]
    assert meant(known, "service/api", context="prod") == ["c"]
    with pytest.raises(UsageError, match="not forwarded there"):
        meant(known, "service/api", namespace="shop-test")


def test_a_target_that_only_documents_have_must_name_the_command_that_closes_it() -> None:
    with pytest.raises(UsageError) as refused:
        meant([of_document("d", "dev")], "service/api")
    assert "roro forward stop dev api" in (refused.value.problems[0].hint or "")


def test_ids_and_environments_must_mean_themselves() -> None:
    known = [of_document("d", "dev"), of_document("p", "prod"), by_hand("h")]
    assert meant(known, "d", "h", "service/api") == ["d", "h"]
    assert meant(known, "prod") == ["p"]
    with pytest.raises(UsageError, match='"prod" is neither an id nor a target'):
        meant(known, "h", "prod")


def test_forwards_that_are_started_again_must_be_found_the_same_way() -> None:
    known = [of_document("d", "dev"), by_hand("h"), by_hand("o", namespace="shop-prod")]
    assert is_exact(["svc/api"], known) and is_exact(["d"], known) and not is_exact(["dev", "api"], known)
    assert exact_forwards(["svc/api", "d"], known, Where(namespace="shop-dev")) == ["h", "d"]


def test_what_is_not_forwarded_must_be_refused() -> None:
    with pytest.raises(UsageError, match="service/web is not forwarded"):
        meant([by_hand("h")], "service/web")
