"""Credentials must be kept privately, found for the one place that they are for, and shown by name only."""

from __future__ import annotations

import json
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backends.null
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import (
    Held,
    Reach,
    Stored,
    access_for,
    keep_credential,
    list_credentials,
    reach_server,
    read_address,
    remembered,
    remove_credential,
)
from ansible_collections.roro.kube.plugins.module_utils._git.access import prepared
from ansible_collections.roro.kube.plugins.module_utils._git.credentials import find_credential, open_credential
from ansible_collections.roro.kube.plugins.module_utils._git.environment import remote_environment
from ansible_collections.roro.kube.plugins.module_utils._git.servers import remember
from ansible_collections.roro.kube.plugins.module_utils._git.settings import read_configuration
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from ansible_collections.roro.kube.plugins.module_utils._state import state_directory
from keyring.backend import KeyringBackend

ADA = Stored(name="work", origin="https://git.example.com", user="ada")
HELD = Held(SecretText("open sesame"))


class MemoryKeyring(KeyringBackend):
    """A keyring of the library's own interface."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


KeyringBackend._classes.discard(MemoryKeyring)  # type: ignore[attr-defined]  # else the library chooses it for every test of this process


@pytest.fixture(autouse=True)
def no_keyring() -> Iterator[None]:
    """The machine's own keyring stays out of this."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.null.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def os_keyring() -> MemoryKeyring:
    made = MemoryKeyring()
    keyring.set_keyring(made)
    return made


def files() -> list[Path]:
    return [path for path in state_directory("git").rglob("*") if path.is_file()]


def test_without_a_keyring_a_secret_must_be_in_a_private_file() -> None:
    assert keep_credential(ADA, HELD).kept == "file"
    assert [stat.S_IMODE(path.stat().st_mode) for path in files()] == [0o600]
    assert str.__str__(open_credential(list_credentials()[0]).secret) == "open sesame"


def test_with_a_keyring_a_secret_must_be_in_no_file(os_keyring: MemoryKeyring) -> None:
    assert keep_credential(ADA, HELD).kept == "keyring"
    assert not any("sesame" in path.read_text() for path in files())
    assert str.__str__(open_credential(list_credentials()[0]).secret) == "open sesame"
    remove_credential("work")
    assert (os_keyring.entries, list_credentials()) == ({}, [])


def test_the_library_keyring_must_not_be_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert keep_credential(ADA, HELD).kept == "file"


def test_what_is_in_a_keyring_that_is_gone_must_be_told(os_keyring: MemoryKeyring) -> None:
    keep_credential(ADA, HELD)
    keyring.set_keyring(keyring.backends.null.Keyring())
    for work in (lambda: open_credential(list_credentials()[0]), lambda: remove_credential("work")):
        with pytest.raises(RoroError) as caught:
            work()
        assert "keyring" in str(caught.value)


def test_a_list_must_never_show_a_secret() -> None:
    keep_credential(ADA, HELD)
    assert "sesame" not in repr(list_credentials()) + repr(open_credential(ADA))


def test_a_credential_must_be_found_for_its_place_alone() -> None:
    keep_credential(ADA, HELD)
    keep_credential(Stored(name="home", origin="https://git.example.com", user="grace"), Held(SecretText("other one")))
    assert find_credential("https://git.example.com:8443") is None
    assert find_credential("http://git.example.com") is None
    assert (find_credential("https://git.example.com", "grace") or ADA).name == "home"
    for text, user in (("https://git.example.com/x", "grace"), ("https://ada@git.example.com/x", "ada")):
        credential = access_for(read_address(text)[0]).credential
        assert credential is not None
        assert credential.user == user
    assert access_for(read_address("https://git.example.org/x")[0]).credential is None
    assert access_for(read_address("ssh://git.example.com/x")[0]).credential is None


def test_one_of_the_same_name_must_take_its_place_and_an_unknown_one_be_told() -> None:
    keep_credential(ADA, HELD)
    keep_credential(ADA, Held(SecretText("newer one")))
    assert len(list_credentials()) == 1
    assert str.__str__(open_credential(ADA).secret) == "newer one"
    with pytest.raises(UsageError) as caught:
        remove_credential("wrok")
    assert "work" in str(caught.value)


def test_many_writers_must_lose_nothing() -> None:
    def add(number: int) -> None:
        keep_credential(Stored(name=f"n{number}", origin=f"https://h{number}.example.com"), HELD)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list_credentials()) == 12


@pytest.mark.parametrize("text", ["{", "[]", '{"work": 1}', '{"work": {"user": "ada"}}'])
def test_a_damaged_file_must_be_told_and_not_written_over(text: str) -> None:
    file = state_directory("git") / "credentials.json"
    file.write_text(text)
    with pytest.raises(RoroError):
        list_credentials()
    assert file.read_text() == text


def test_what_another_version_added_must_not_be_in_the_way() -> None:
    keep_credential(ADA, HELD)
    file = state_directory("git") / "credentials.json"
    held = json.loads(file.read_text())
    held["work"]["colour"] = "blue"
    file.write_text(json.dumps(held))
    assert [one.name for one in list_credentials()] == ["work"]


def test_how_a_server_was_reached_must_be_remembered_for_it_alone(tmp_path: Path) -> None:
    address = read_address("ssh://git@git.example.com/x")[0]
    key = tmp_path / "key"
    key.touch()
    keep_credential(Stored(name="key", origin=f"file:{key}", kind="passphrase"), HELD)
    remember(address, Reach(key_file=str(key)))
    access = access_for(read_address("git@git.example.com:other")[0])
    assert (access.key_file, str.__str__(access.passphrase or "")) == (key, "open sesame")
    assert remembered(read_address("ssh://git.example.org/x")[0]) == Reach()
    assert access_for(address, Reach(key_file="/elsewhere")).key_file == Path("/elsewhere")


def test_a_password_of_a_proxy_must_be_taken_out_of_what_git_is_given(tmp_path: Path) -> None:
    (tmp_path / "home/.gitconfig").write_text("[http]\n\tproxy = http://pat:open%20sesame@proxy.example.com:3128\n")
    address = read_address("https://git.example.com/x")[0]
    access = reach_server(address, Reach())
    assert (access.proxy, str.__str__(access.proxy_password or "")) == ("http://pat@proxy.example.com:3128", "open sesame")
    with prepared(address, access) as given:
        environment = remote_environment(read_configuration(tmp_path).settings() + given.settings, given.protocols, given.variables)
    assert not any("sesame" in text for text in environment.values())
    with pytest.raises(UsageError):
        reach_server(address, Reach(proxy="http://pat:sesame@proxy.example.com:3128"))


def test_a_token_must_count_as_expired_shortly_before_its_end() -> None:
    assert not Stored("a", "https://a").expired
    assert not Stored("a", "https://a", expires=time.time() + 600).expired
    assert Stored("a", "https://a", expires=time.time() + 10).expired


def test_a_password_in_a_file_must_be_read_each_time_and_only_for_its_server(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("sesame-1\n")
    address = read_address("https://ada@git.example.com/shop.git")[0]
    first = reach_server(address, Reach(password_file=str(file))).credential
    assert first is not None and (first.user, str(first.secret)) == ("ada", "sesame-1")
    file.write_text("sesame-2\n")
    again = access_for(address).credential
    assert again is not None and str(again.secret) == "sesame-2"
    assert access_for(read_address("https://other.example.com/shop.git")[0]).credential is None
    assert "sesame" not in repr(remembered(address))


@pytest.mark.parametrize("content", [None, "", "\n", b"\xff\xfe"])
def test_a_password_file_that_holds_none_must_be_told_by_name(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError, match="the file of the password") as caught:
        access_for(read_address("https://git.example.com/shop.git")[0], Reach(password_file=str(file)))
    assert str(file) in str(caught.value)
