"""An address must be taken apart so that no password and no program hides in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import Address, place_of, read_address


@pytest.mark.parametrize(
    ("text", "url", "origin", "name"),
    [
        ("https://git.example.com/group/shop.git", "https://git.example.com/group/shop.git", "https://git.example.com", "shop"),
        ("https://GIT.example.com:443/shop", "https://git.example.com/shop", "https://git.example.com", "shop"),
        ("https://git.example.com:8443/a/b/", "https://git.example.com:8443/a/b/", "https://git.example.com:8443", "b"),
        ("https://ada@git.example.com/shop", "https://ada@git.example.com/shop", "https://git.example.com", "shop"),
        ("https://[::1]:8443/shop", "https://[::1]:8443/shop", "https://[::1]:8443", "shop"),
        (
            "ssh://git@git.example.com:2222/srv/shop.git",
            "ssh://git@git.example.com:2222/srv/shop.git",
            "ssh://git.example.com:2222",
            "shop",
        ),
        ("git@git.example.com:group/shop.git", "git@git.example.com:group/shop.git", "ssh://git.example.com", "shop"),
        ("git.example.com:/srv/shop.git", "ssh://git.example.com/srv/shop.git", "ssh://git.example.com", "shop"),
        ("/srv/git/shop.git", "/srv/git/shop.git", "file://", "shop"),
        ("file:///srv/a%20b.git", "/srv/a b.git", "file://", "a b"),
    ],
)
def test_an_address_must_keep_its_meaning(text: str, url: str, origin: str, name: str) -> None:
    address, password = read_address(text)
    assert (address.url, address.origin, address.name, password) == (url, origin, name, None)


def test_a_folder_must_mean_the_same_wherever_git_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in ("shop", "./shop:old", "../shop"):
        assert read_address(text)[0].url == str(tmp_path / text)


def test_a_password_must_be_taken_out_and_never_shown() -> None:
    address, password = read_address("https://ada:open%20sesame%2F@git.example.com/shop")
    assert (address, str.__str__(password or "")) == (Address("https", "git.example.com", None, "ada", "/shop"), "open sesame/")
    assert "sesame" not in f"{address} {address.url} {password!r}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-u",
        "--upload-pack=x",
        "http://git.example.com/shop",
        "git://git.example.com/shop",
        "ftp://git.example.com/shop",
        "ext::sh -c x",
        "fd::17",
        "https://git.example.com",
        "https://git.example.com/shop?x=1",
        "https://git.example.com/shop#main",
        "https://git.example.com:port/shop",
        "https://-x/shop",
        "https://git.example.com/a%0ab",
        "https://ada:a%0ab@git.example.com/shop",
        "https://git.example.com/a b",
        "ssh://-oX=y/shop",
        "ssh://-oX@git.example.com/shop",
        "ssh://ada:sesame@git.example.com/shop",
        "-oX:shop",
        "git@-oX:shop",
    ],
)
def test_what_is_no_address_must_be_refused_without_repeating_a_password(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(text)
    assert "sesame" not in str(caught.value)


def test_a_credential_must_know_whom_it_is_for(tmp_path: Path) -> None:
    key = tmp_path / "work"
    key.touch()
    assert place_of("https://git.example.com").origin == "https://git.example.com"
    assert place_of("https://ada:sesame@git.example.com:8443/shop").name == "git.example.com:8443"
    assert place_of("http://pat@proxy.example.com:3128").origin == "http://proxy.example.com:3128"
    assert place_of(str(key)).origin == f"file:{key}"
    for wrong in ("http://proxy.example.com", "ssh://git.example.com", str(tmp_path / "nothing")):
        with pytest.raises(UsageError):
            place_of(wrong)
