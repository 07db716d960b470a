"""A visit counter in Redis."""

from __future__ import annotations

import redis


class Counter:
    """Counts under one key. The shop works without it: count() is None while Redis is away."""

    def __init__(self, url: str, key: str = "hits") -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
        self._key = key

    def count(self) -> int | None:
        """Add one visit and return how many there have been."""
        try:
            return int(self._client.incr(self._key))
        except redis.RedisError:
            return None
