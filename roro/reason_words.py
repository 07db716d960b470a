"""Reasons and messages in words that a terminal may show."""

from __future__ import annotations

from ansible_collections.roro.kube.plugins.module_utils._harmless import harmless

__all__ = ["failed_words", "harmless", "reason_words"]


def reason_words(reason: str, message: str) -> str:
    """`Reason: message`; the message alone where it begins with the reason's word anyway, or where the failure is another's. Nothing in
    it that a terminal obeys."""
    if reason == "DependencyFailed" and message:
        return harmless(message)
    if reason and message.lower().startswith(reason.lower()):
        return harmless(message)
    return harmless(": ".join(part for part in (reason, message) if part))


def failed_words(reason: str, message: str) -> str:
    """Why an instance failed, as progress has it: the reason, which for one that waits for another is that."""
    return harmless(message if reason == "DependencyFailed" or not reason else reason)
