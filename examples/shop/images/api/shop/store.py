"""Products and orders in PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]

PRODUCTS = "SELECT name, title, price_cents FROM products ORDER BY name"
ADD_ORDER = """
    INSERT INTO orders (product, quantity, total_cents)
    SELECT name, %(quantity)s::int, price_cents * %(quantity)s::int FROM products WHERE name = %(product)s
    RETURNING id, product, quantity, total_cents, created_at
"""
ORDERS = "SELECT id, product, quantity, total_cents, created_at FROM orders ORDER BY id DESC LIMIT %s"
ORDER = "SELECT id, product, quantity, total_cents, created_at FROM orders WHERE id = %s"


class Store:
    """The database that libpq's environment variables name (PGHOST, PGDATABASE, PGUSER, PGPASSWORD).

    Every call takes a connection of its own: there is no pool to mend when the database's pod is replaced.
    Calls raise psycopg.OperationalError while the database is away.
    """

    def check(self) -> None:
        """Return when the database answers."""
        self._query("SELECT 1")

    def products(self) -> list[Row]:
        """All products by name; prices in cents."""
        return self._query(PRODUCTS)

    def add_order(self, product: str, quantity: int) -> Row | None:
        """The new order, or None where there is no such product."""
        return next(iter(self._query(ADD_ORDER, {"product": product, "quantity": quantity})), None)

    def orders(self, limit: int = 20) -> list[Row]:
        """The newest orders first."""
        return self._query(ORDERS, (limit,))

    def order(self, number: int) -> Row | None:
        """One order by its number, or None."""
        return next(iter(self._query(ORDER, (number,))), None)

    def _query(self, sql: str, parameters: Any = None) -> list[Row]:
        with psycopg.connect(connect_timeout=3, row_factory=dict_row) as connection:
            return connection.execute(sql, parameters).fetchall()
