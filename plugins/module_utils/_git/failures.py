# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What git's words mean: one reason for machines, one sentence and what to do for people.

Git has no codes for these; the words are those of its English messages, of curl and of OpenSSH (git 2.31 to 2.52).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._errors import GitError
from .._harmless import harmless
from .._secrets import Secrets
from .command import Finished


@dataclass(frozen=True)
class _Meaning:
    """pattern: what git, curl or ssh say. reason, message, hint: what we say."""

    pattern: re.Pattern[str]
    reason: str
    message: str
    hint: str


def _means(reason: str, message: str, hint: str, *said: str) -> _Meaning:
    return _Meaning(re.compile("|".join(said), re.IGNORECASE), reason, message, hint)


_MEANINGS = (
    _means(
        "HostKeyChanged",
        "the server shows another host key than the one that is known",
        "Somebody may be listening. Ask who runs the server; if its key did change: ssh-keygen -R HOST, then --accept-host FINGERPRINT",
        "remote host identification has changed",
        "host key for .* has changed",
    ),
    _means(
        "HostKeyUnknown",
        "the server's host key is not known",
        "Compare its fingerprint with the one that the server's owner published, then: --accept-host FINGERPRINT",
        "host key verification failed",
        "no .* host key is known for",
    ),
    _means(
        "KeyUnusable",
        "the private key cannot be used",
        "Is its passphrase right, and the file a private key with mode 0600?",
        "incorrect passphrase",
        "error in libcrypto",
        "bad passphrase",
        "load key",
        r"error reading x\.509",
        "unable to set private key file",
    ),
    _means(
        "AuthenticationFailed",
        "the server did not accept who asks",
        "Log in (`roro git login`) or keep a credential for it (`roro git credentials add`); for SSH: is the key in the agent?",
        r"permission denied \(",
        "too many authentication failures",
        "authentication failed",
        "could not read (?:username|password)",
        "invalid username or (?:password|token)",
        "the requested url returned error: 401",
        "terminal prompts disabled",
        "no supported authentication methods",
    ),
    _means(
        "Forbidden",
        "the server knows who asks, but does not allow this",
        "Ask who runs the repository for that right.",
        "the requested url returned error: 403",
        "write access to repository not granted",
        "denied to ",
        "not allowed to push",
        "protected branch",
        "hook declined",
        "you are not allowed",
    ),
    _means(
        "CertificateNotTrusted",
        "one side of the TLS connection does not trust the other's certificate",
        "For a certificate authority of your own give its file (--ca-file); for a server that asks for yours, --client-certificate.",
        "ssl certificate problem",
        "certificate verif",
        "peer certificate cannot be authenticated",
        "no alternative certificate subject name",
        "unable to get local issuer",
        "tls.*(?:alert|handshake)",
        "gnutls_handshake",
        "local ssl certificate",
        "could not load (?:client certificate|pem)",
    ),
    _means(
        "ProtocolNotAllowed",
        "the repository leads to a protocol that is not allowed",
        "roro speaks https and ssh.",
        "transport '[^']*' not allowed",
    ),
    _means(
        "ProxyFailed",
        "the proxy did not let the connection through",
        "Check --proxy, https_proxy and the credential of the proxy.",
        "proxy connect aborted",
        r"received http code \d+ from proxy",
        "could not resolve proxy",
        "connect tunnel failed",
    ),
    _means(
        "Timeout",
        "the server is too slow or does not answer",
        "Try again later, or from another network.",
        "operation too slow",
        r"less than \d+ bytes/sec",
        "timed out",
        "timeout",
    ),
    _means(
        "BranchNotFound",
        "the server has no such branch",
        "See what it has: git ls-remote --heads",
        "remote branch .* not found",
        "couldn't find remote ref",
        "could not find remote branch",
    ),
    _means(
        "RepositoryNotFound",
        "there is no such repository, or whoever asks may not know of it",
        "Check the address; a private repository needs a credential (`roro git login`).",
        "repository '[^']*' (?:not found|does not exist)",
        "repository not found",
        "does not appear to be a git repository",
        "project you were looking for could not be found",
        "the requested url returned error: 404",
    ),
    _means(
        "Unreachable",
        "the server cannot be reached",
        "Is the address right, and the network there?",
        "could not resolve host",
        "couldn't connect",
        "failed to connect",
        "connection refused",
        "connection reset",
        "connection closed by",
        "network is unreachable",
        "no route to host",
        "name or service not known",
        "temporary failure in name resolution",
        "kex_exchange_identification",
        "could not read from remote repository",
        "the remote end hung up",
        "early eof",
        "unexpected disconnect",
        "rpc failed",
        r"the requested url returned error: 5\d\d",
        "empty reply",
        r"gnutls (?:recv|send) error",
        "ssl_(?:read|write|connect)",
        "tls connection was non-properly terminated",
        "(?:send|recv) failure",
        "failed sending data",
        "failure when receiving data",
        "broken pipe",
        r"get(?:peer|sock)name\(\) failed",
        "transport endpoint is not connected",
        "transfer closed with",
        "http2 framing layer",
        r"http/2 stream \d+ was not closed cleanly",
    ),
    _means(
        "Rejected",
        "the server has commits that are not here",
        "Sync first, then push again.",
        "non-fast-forward",
        "fetch first",
        "stale info",
        r"\[rejected\]",
        "cannot lock ref .* but expected",
    ),
    _means(
        "DiskFull",
        "the disk is full",
        "Make room; nothing that was there has changed.",
        "no space left on device",
        "disk quota exceeded",
    ),
    _means(
        "NotOwned",
        "the repository belongs to another user, so Git does not trust what it says",
        "If you do: git config --global --add safe.directory FOLDER",
        "dubious ownership",
        "unsafe repository",
    ),
    _means(
        "Locked",
        "another git is at work in this repository",
        "Wait for it. If none runs any more, remove the .lock file that is named.",
        r"unable to create '[^']*\.lock'",
        "another git process seems to be running",
        "could not lock",
        "cannot lock ref",
    ),
    _means(
        "NotFetched",
        "what a partial clone left out is needed",
        "Fetch it: git fetch --refetch, or clone without --filter.",
        "lazy fetching disabled",
        "promisor remote",
        "could not fetch .* from promisor",
    ),
    _means(
        "UnknownFormat",
        "the repository has a form that this git does not know",
        "Install a newer git.",
        "unknown repository extension",
        "expected git repo version",
        "unknown ref storage",
    ),
    _means(
        "LocalChanges",
        "local changes are in the way",
        "Commit them, or put them aside with git stash.",
        "would be overwritten",
        "not uptodate",
        "not up to date",
        "local changes",
    ),
    _means(
        "Damaged",
        "the repository is damaged",
        "Look with git fsck; a fresh clone mends it.",
        "object file .* is empty",
        "object .* is corrupt",
        "bad object",
        "packfile .* (?:is|cannot)",
        "missing blob",
        "unable to read",
        "index file corrupt",
        "inflate: data stream error",
        "bad signature",
    ),
    _means(
        "NotARepository",
        "this is no Git repository",
        "Make one with git init, or get one with roro clone.",
        "not a git repository",
    ),
    _means(
        "NoAccess",
        "a file cannot be read or written",
        "Check the rights of that folder.",
        "permission denied",
        "read-only file system",
    ),
)


def failure(finished: Finished, *, word: str, where: str, secrets: Secrets | None = None) -> GitError:
    """The error that tells why git failed. word: what it did (`fetch`). where: the folder or the clean URL. secrets: hidden in it."""
    said = harmless((secrets or Secrets()).hide(finished.errors)).strip()
    last = _telling(said)
    for meaning in _MEANINGS:
        if meaning.pattern.search(said):
            return GitError(
                f"{meaning.message} (git {word}: {last})", reason=meaning.reason, where=where, hint=meaning.hint.replace("FOLDER", where)
            )
    return GitError(
        f"git {word} failed with exit code {finished.code}: {last}", reason="Failed", where=where, hint="See what git says above."
    )


def _telling(said: str) -> str:
    """The line that says most, without git's marks before it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("fatal:", "error:", "! [", "remote: error", "ERROR:"))]
    line = (marked or lines or ["it said nothing"])[0]
    return re.sub(r"^(?:fatal|error|remote): ", "", line)[:400]
