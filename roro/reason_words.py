"""Reasons and messages in words that a terminal may show."""

from __future__ import annotations


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


def harmless(words: str) -> str:
    """Without control characters, but for ends of lines: containers, nodes and registries have their say in messages."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in words)
