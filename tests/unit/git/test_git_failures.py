"""What git and curl say of one and the same fault differs by the moment in which it comes: it must have one reason."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._git.command import Finished
from ansible_collections.roro.kube.plugins.module_utils._git.failures import failure

CLOSED = [
    "GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
    "getpeername() failed with errno 107: Transport endpoint is not connected",
    "Recv failure: Connection reset by peer",
    "getsockname() failed with errno 107: Transport endpoint is not connected",
    "Send failure: Broken pipe",
    "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, errno 0",
    "Error in the HTTP2 framing layer",
    "HTTP/2 stream 1 was not closed cleanly before end of the underlying stream",
    "transfer closed with outstanding read data remaining",
    "Empty reply from server",
]
"""What curl says when the server closes the connection, by the moment; the first three were seen of one server that wanted a client
certificate (git 2.39.5 with libcurl-gnutls)."""


@pytest.mark.parametrize("words", CLOSED)
def test_a_server_that_closes_the_connection_must_be_told_as_unreachable_in_whatever_moment(words: str) -> None:
    said = f"fatal: unable to access 'https://git.example/shop.git/': {words}\n"
    found = failure(Finished(128, b"", said), word="ls-remote", where="https://git.example/shop.git")
    assert found.reason == "Unreachable"
    assert words.rstrip(".") in str(found)
