"""Diffs must show what changes, only that, and never what a Secret holds."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._release.fields import diff as diff_module
from ansible_collections.roro.kube.plugins.module_utils._release.fields.diff import object_diff, redacted, unified
from hypothesis import given, settings
from hypothesis import strategies as st

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def config(data: Any, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop", **metadata}, "data": data}


def secret(field: str, value: str, name: str = "db", key: str = "password") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"}, field: {key: value}}


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def test_a_changed_field_must_be_the_only_change_in_the_diff() -> None:
    found = unified(object_diff(config({"mode": "a", "other": "x"}), config({"other": "x", "mode": "b"})))
    assert found.splitlines() == [
        "--- ConfigMap shop/settings (live)",
        "+++ ConfigMap shop/settings (after the run)",
        "@@ -4,5 +4,5 @@",
        "   name: settings",
        "   namespace: shop",
        " data:",
        "-  mode: a",
        "+  mode: b",
        "   other: x",
    ]


def test_bookkeeping_and_status_must_not_show() -> None:
    before = config({"a": "1"}, uid="1", resourceVersion="5", generation=1, creationTimestamp="2026-01-01T00:00:00Z", managedFields=[{}])
    after = {**config({"a": "1"}, uid="1", resourceVersion="6", generation=2, annotations={LAST_APPLIED: "{}"}), "status": {"x": 1}}
    diff = object_diff(before, after)
    assert diff["before"] == diff["after"]
    assert unified(diff) == ""
    for word in ("uid", "resourceVersion", "managedFields", "status", "annotations"):
        assert word not in diff["after"]


def test_an_annotation_of_a_person_must_stay() -> None:
    assert "team: web" in object_diff(None, config({}, annotations={LAST_APPLIED: "{}", "team": "web"}))["after"]


def test_a_new_object_must_be_all_plus_and_a_deleted_one_all_minus() -> None:
    created = object_diff(None, config({"a": "1"}))
    assert created["before"] == ""
    assert created["before_header"] == "ConfigMap shop/settings (absent)"
    assert unified(created).splitlines()[2:] == ["@@ -0,0 +1,7 @@"] + ["+" + line for line in created["after"].splitlines()]
    deleted = object_diff(config({"a": "1"}), None)
    assert deleted["after_header"] == "ConfigMap shop/settings (deleted)"
    assert all(line.startswith("-") for line in unified(deleted).splitlines()[3:])


def test_texts_of_several_lines_must_be_compared_line_by_line() -> None:
    before = config({"app.ini": "".join(f"line{index}=1\n" for index in range(30))})
    after = config({"app.ini": before["data"]["app.ini"].replace("line7=1", "line7=2")})
    changed = [line for line in unified(object_diff(before, after)).splitlines()[2:] if line[0] in "+-"]
    assert changed == ["-    line7=1", "+    line7=2"]


def test_named_things_must_begin_with_their_name() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"image": "i", "name": "app"}]}}
    assert "- name: app\n    image: i" in object_diff(None, pod)["after"]


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secret_value_must_never_show(field: str) -> None:
    for value in ("hunter2", encoded("hunter2")):
        diff = object_diff(secret(field, value), secret(field, encoded("other")))
        text = "".join(diff.values())
        assert "hunter2" not in text
        assert encoded("hunter2") not in text
        assert "password: <hidden: " in text.replace("'", "")


def test_a_changed_secret_must_show_that_it_changed_and_an_equal_one_not() -> None:
    changed = unified(object_diff(secret("data", encoded("a")), secret("data", encoded("b"))))
    assert len([line for line in changed.splitlines()[2:] if line[0] in "+-"]) == 2
    assert unified(object_diff(secret("data", encoded("a")), secret("data", encoded("a")))) == ""


def test_both_spellings_of_a_secret_must_be_the_same() -> None:
    assert unified(object_diff(secret("data", encoded("a")), secret("stringData", "a"))) == ""


def test_equal_values_of_two_secrets_must_not_be_seen_to_be_equal() -> None:
    marks = {
        str(redacted(item)["data"].popitem()[1])
        for item in (secret("data", encoded("a")), secret("data", encoded("a"), name="x"), secret("data", encoded("a"), key="x"))
    }
    assert len(marks) == 3


def test_a_mark_must_not_be_a_plain_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    first = redacted(secret("data", encoded("1234")))["data"]["password"]
    assert hashlib.sha256(b"1234").hexdigest()[:8] not in first
    monkeypatch.setattr(diff_module, "_RUN_KEY", b"of another run")
    assert redacted(secret("data", encoded("1234")))["data"]["password"] != first


def test_copies_of_a_secret_in_annotations_must_not_show() -> None:
    leaky = secret("data", encoded("hunter2"))
    leaky["metadata"]["annotations"] = {LAST_APPLIED: '{"data":{"password":"aHVudGVyMg=="}}'}
    assert "aHVudGVyMg" not in object_diff(None, leaky)["after"]


def test_malformed_secret_data_must_be_hidden_as_a_whole() -> None:
    broken = {**secret("data", "x"), "data": ["hunter2"]}
    text = object_diff(None, broken)["after"]
    assert "hunter2" not in text
    assert "<hidden" in text


def test_a_secret_of_another_group_must_be_shown() -> None:
    other = {**secret("data", "plain"), "apiVersion": "vault.example.com/v1"}
    assert "plain" in object_diff(None, other)["after"]


def test_binary_data_must_be_told_by_size_and_digest() -> None:
    text = object_diff(None, {**config({}), "binaryData": {"logo": encoded("x" * 5000)}})["after"]
    assert "<5000 bytes, sha256 " in text
    assert len(text) < 400


def test_a_diff_must_leave_its_objects_alone() -> None:
    obj = secret("data", encoded("a"))
    obj["metadata"]["annotations"] = {LAST_APPLIED: "{}", "keep": "x"}
    before = repr(obj)
    object_diff(obj, obj)
    assert repr(obj) == before


def test_a_text_too_long_to_compare_must_be_told_quickly() -> None:
    before, after = ({"before": "\n".join(f"{mark}{index}" for index in range(50_000))} for mark in "ab")
    found = unified({"before": before["before"], "after": after["before"], "before_header": "x", "after_header": "y"})
    assert "too many lines to show" in found
    assert len(found) < 200


def test_one_change_in_a_very_long_text_must_be_shown() -> None:
    lines = [f"line {index}" for index in range(100_000)]
    changed = [*lines[:60_000], "new", *lines[60_001:]]
    found = unified({"before": "\n".join(lines), "after": "\n".join(changed), "before_header": "x", "after_header": "y"})
    assert "@@ -59998,7 +59998,7 @@" in found
    assert "-line 60000\n+new\n" in found


TEXTS = st.text(max_size=30) | st.text("a\n \t:#-", max_size=30)
MAPS = st.dictionaries(st.text(min_size=1, max_size=5), TEXTS, max_size=4)


@settings(max_examples=200, deadline=None)
@given(data=MAPS)
def test_the_text_must_hold_exactly_the_content(data: dict[str, str]) -> None:
    assert yaml.safe_load(object_diff(None, config(data))["after"]) == config(data)


@settings(max_examples=200, deadline=None)
@given(before=MAPS, after=MAPS)
def test_a_diff_must_be_empty_exactly_when_nothing_changed(before: dict[str, str], after: dict[str, str]) -> None:
    assert (unified(object_diff(config(before), config(after))) == "") is (before == after)


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=25)


@settings(max_examples=60, deadline=None)
@given(before=LINES, after=LINES)
def test_patch_must_be_able_to_apply_a_diff(before: list[str], after: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    old, new = "".join(line + "\n" for line in before), "".join(line + "\n" for line in after)
    found = unified({"before": old, "after": new, "before_header": "x", "after_header": "x"})
    folder = tmp_path_factory.mktemp("patch")
    (folder / "x").write_text(old, encoding="utf-8")
    if found:
        subprocess.run(["git", "apply", "-p0", "--unidiff-zero", "-"], cwd=folder, input=found, text=True, check=True, capture_output=True)
    left: Path = folder / "x"
    assert (left.read_text(encoding="utf-8") if left.exists() else "") == new
