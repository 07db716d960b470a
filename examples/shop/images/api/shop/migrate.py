"""Brings the schema up to date: `python -m shop.migrate`. Safe to run again and by several at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 5_417_001


def pending(folder: Path, applied: set[str]) -> list[Path]:
    """The .sql files of `folder` that are not in `applied` (file names), in the order of their names."""
    return [file for file in sorted(folder.glob("*.sql")) if file.name not in applied]


def migrate(connection: psycopg.Connection, folder: Path = MIGRATIONS, say: Callable[[str], object] = print) -> None:
    """Run what is pending in one transaction: all of it, or nothing."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())")
        applied = {name for (name,) in connection.execute("SELECT name FROM migrations")}
        for file in pending(folder, applied):
            say(f"applying {file.name}")
            connection.execute(file.read_text(encoding="utf-8").encode())
            connection.execute("INSERT INTO migrations (name) VALUES (%s)", (file.name,))
    say("the schema is up to date")


def main() -> int:
    try:
        with psycopg.connect(connect_timeout=5) as connection:
            migrate(connection)
    except psycopg.Error as error:
        print(f"migrate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
