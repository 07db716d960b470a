# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacking gzip (RFC 1952) from others: a kilobyte may say that it is a terabyte. Imports nothing of ours."""

from __future__ import annotations

import zlib

_GZIP = 31
"""zlib's window size that stands for gzip with its checksum."""


class TooLong(ValueError):
    """What was packed is longer than it may be."""


def gunzip(data: bytes, most: int) -> bytes:
    """The content, at most `most` bytes. Raises TooLong, EOFError where the end is missing, zlib.error for what is no gzip."""
    parts: list[bytes] = []
    left = most
    while data:
        member = zlib.decompressobj(wbits=_GZIP)
        parts.append(member.decompress(data, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise TooLong(f"more than {most:,} bytes when unpacked")
        if not member.eof:
            raise EOFError("its end is missing")
        data = member.unused_data.lstrip(b"\0")  # padding between and after members
    return b"".join(parts)
