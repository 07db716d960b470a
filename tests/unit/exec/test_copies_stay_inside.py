"""Whatever a container sends, nothing must be made outside of the target, and no half file have a whole one's name."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._exec.copying import _QUEUED, _Reading
from ansible_collections.roro.kube.plugins.module_utils._exec.packing import pack
from ansible_collections.roro.kube.plugins.module_utils._exec.unpacking import MAX_HEADER, Unpacker


def sent(*members: tuple[str, Any]) -> io.BytesIO:
    """A tar stream; a member is a name and its content, or what is to be set of it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for name, what in members:
            info = tarfile.TarInfo(name)
            content = what if isinstance(what, bytes) else b""
            info.size = len(content)
            for key, value in (what if isinstance(what, dict) else {}).items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return io.BytesIO(stream.getvalue())


FOLDER = {"type": tarfile.DIRTYPE, "mode": 0o755}


def link(to: str) -> dict[str, Any]:
    return {"type": tarfile.SYMTYPE, "linkname": to}


def unpacked(tmp_path: Path, stream: io.BytesIO, notes: list[str] | None = None) -> Path:
    target = tmp_path / "into" / "target"
    target.parent.mkdir(exist_ok=True)
    Unpacker(target, "it", (notes if notes is not None else []).append, lambda _: None).unpack(stream)
    return target


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "it/../../evil", "other", "it/a/../../../evil"])
def test_a_name_that_leads_out_must_be_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match="not part of"):
        unpacked(tmp_path, sent(("it", FOLDER), (name, b"evil")))
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("to", ["/etc", "..", "../..", "a/../../../x", "sub/../..", ""])
def test_a_link_that_leads_out_must_be_left_out_and_told(tmp_path: Path, to: str) -> None:
    notes: list[str] = []
    target = unpacked(tmp_path, sent(("it", FOLDER), ("it/link", link(to)), ("it/after", b"a")), notes)
    assert sorted(path.name for path in target.iterdir()) == ["after"]
    assert len(notes) == 1


def test_a_link_that_another_link_would_lead_out_must_be_left_out(tmp_path: Path) -> None:
    notes: list[str] = []
    target = unpacked(tmp_path, sent(("it", FOLDER), ("it/l", link("x/../secret")), ("it/x", link("."))), notes)
    assert [path.name for path in target.iterdir()] == ["x"]
    assert len(notes) == 1


def test_nothing_must_be_written_through_a_link(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="through it"):
        unpacked(tmp_path, sent(("it", FOLDER), ("it/sub", FOLDER), ("it/l", link("sub")), ("it/l/evil", b"x")))
    with pytest.raises(ReleaseError, match="through it"):
        unpacked(tmp_path, sent(("it", FOLDER), ("it/l", FOLDER)))


def test_a_file_must_take_the_place_of_a_link_and_not_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "into" / "target").symlink_to(tmp_path / "precious")
    target = unpacked(tmp_path, sent(("it", b"theirs")))
    assert (target.read_text(), target.is_symlink(), (tmp_path / "precious").read_text()) == ("theirs", False, "mine")


def test_devices_and_set_uid_must_not_come_along(tmp_path: Path) -> None:
    notes: list[str] = []
    members = (("it", FOLDER), ("it/null", {"type": tarfile.CHRTYPE}), ("it/pipe", {"type": tarfile.FIFOTYPE}), ("it/su", {"mode": 0o4755}))
    target = unpacked(tmp_path, sent(*members), notes)
    assert [path.name for path in target.iterdir()] == ["su"]
    assert (target / "su").stat().st_mode & 0o7777 == 0o755
    assert len(notes) == 2


def test_a_second_name_of_a_file_must_be_a_copy_and_never_reach_outside(tmp_path: Path) -> None:
    notes: list[str] = []
    hard = {"type": tarfile.LNKTYPE}
    members = (("it", FOLDER), ("it/a", b"text"), ("it/b", {**hard, "linkname": "it/a"}), ("it/c", {**hard, "linkname": "it/nosuch"}))
    target = unpacked(tmp_path, sent(*members), notes)
    assert (target / "b").read_text() == "text"
    assert sorted(path.name for path in target.iterdir()) == ["a", "b"]
    with pytest.raises(ReleaseError, match="not part of"):
        unpacked(tmp_path, sent(("it", FOLDER), ("it/d", {**hard, "linkname": "../../etc/passwd"})))


def test_a_stream_that_breaks_off_must_leave_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "target").write_text("before")
    whole = sent(("it", b"x" * 100_000)).getvalue()
    with pytest.raises(ReleaseError, match="not whole"):
        unpacked(tmp_path, io.BytesIO(whole[:50_000]))
    assert (tmp_path / "into" / "target").read_text() == "before"
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["target"]


def test_what_is_packed_must_come_out_the_same(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / ("a" * 120) / "deep").mkdir(parents=True)
    (source / ("a" * 120) / "deep" / "ü").write_bytes(b"1" * 1000)
    (source / "empty").write_bytes(b"")
    (source / "l").symlink_to("empty")
    (source / "locked").mkdir()
    (source / "locked" / "f").write_text("x")
    (source / "locked").chmod(0o555)
    stream = io.BytesIO(b"".join(pack(source, "it", [].append, lambda _: None, lambda: None)))
    (source / "locked").chmod(0o755)
    target = unpacked(tmp_path, stream)
    assert {path.relative_to(target) for path in target.rglob("*")} == {path.relative_to(source) for path in source.rglob("*")}
    assert (target / ("a" * 120) / "deep" / "ü").read_bytes() == b"1" * 1000
    assert (target / "l").readlink() == Path("empty")


def test_a_file_that_shrinks_while_it_is_copied_must_end_the_copy(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"x" * 1_000_000)
    parts = pack(file, "log", [].append, lambda _: None, lambda: None)
    next(parts)
    file.write_bytes(b"x")
    with pytest.raises(ReleaseError, match="became shorter"):
        list(parts)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_header_must_not_fill_the_memory(tmp_path: Path, kind: bytes) -> None:
    """Python reads one as a whole, whatever size it says."""
    asked: list[int] = []

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or 0)
            assert len(asked) < 10, "it is read on and on"
            return super().read(size)

    info = tarfile.TarInfo("it")
    info.type, info.size = kind, MAX_HEADER + 1
    with pytest.raises(ReleaseError, match="about one file"):
        unpacked(tmp_path, Endless(info.tobuf(tarfile.GNU_FORMAT) + bytes(MAX_HEADER * 2)))


def test_a_file_with_holes_must_be_refused(tmp_path: Path) -> None:
    """A few bytes could be more than the disk takes."""
    info = tarfile.TarInfo("it")
    info.size, info.pax_headers = (
        512,
        {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0", "GNU.sparse.size": "4096"},
    )
    with pytest.raises(ReleaseError, match="with holes"):
        unpacked(tmp_path, io.BytesIO(info.tobuf(tarfile.PAX_FORMAT) + bytes(1536)))
    assert not (tmp_path / "into" / "target").exists()


@pytest.mark.parametrize(
    "headers",
    [{"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "a,b"}, {"path": "it\0x"}],
)
def test_headers_that_no_tar_writes_must_be_refused_in_words(tmp_path: Path, headers: dict[str, str]) -> None:
    info = tarfile.TarInfo("it")
    info.pax_headers = headers
    with pytest.raises(ReleaseError):
        unpacked(tmp_path, io.BytesIO(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024)))


def test_a_time_that_is_none_must_not_keep_a_file_from_being_copied(tmp_path: Path) -> None:
    info = tarfile.TarInfo("it")
    info.pax_headers = {"mtime": "nan"}
    assert unpacked(tmp_path, io.BytesIO(info.tobuf(tarfile.PAX_FORMAT) + bytes(1024))).read_bytes() == b""


def test_a_link_to_no_name_must_be_left_out(tmp_path: Path) -> None:
    info, notes = tarfile.TarInfo("it/link"), list[str]()
    info.type, info.pax_headers = tarfile.SYMTYPE, {"linkpath": "a\0b"}
    stream = sent(("it", FOLDER)).getvalue()[:512] + info.tobuf(tarfile.PAX_FORMAT) + bytes(1024)
    unpacked(tmp_path, io.BytesIO(stream), notes)
    assert len(notes) == 1


@pytest.mark.parametrize("error", [None, OSError("the disk is full")])
def test_a_copy_must_end_whatever_comes_after_the_archive(error: OSError | None) -> None:
    """Also where nobody takes what is waiting any more, as when the disk is full."""
    full, ended = threading.Event(), list[BaseException | None]()

    class Ending:
        def unpack(self, _stream: Any) -> None:
            full.wait()
            if error is not None:
                raise error

    reading = _Reading(Ending())  # type: ignore[arg-type]
    for _ in range(_QUEUED):
        reading.feed(b"x" * 10)
    reading._parts.put = _first(reading._parts.put, full.set)  # type: ignore[method-assign]

    def end() -> None:
        try:
            reading.end()
        except OSError as found:
            ended.append(found)
        else:
            ended.append(None)

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    thread.join(30)
    assert ended == [error]


def _first(work: Callable[..., None], before: Callable[[], None]) -> Callable[..., None]:
    def both(*arguments: Any, **options: Any) -> None:
        before()
        work(*arguments, **options)

    return both


@pytest.mark.parametrize("damaged", [lambda data: data[:1024] + b"x" + data[1025:], lambda data: data[:1100]], ids=["changed", "cut"])
def test_a_damaged_header_must_not_pass_for_the_end(tmp_path: Path, damaged: Callable[[bytes], bytes]) -> None:
    stream = sent(("it", FOLDER), ("it/a", b""), ("it/b", b"")).getvalue()
    with pytest.raises(ReleaseError, match="not whole"):
        unpacked(tmp_path, io.BytesIO(damaged(stream)))
