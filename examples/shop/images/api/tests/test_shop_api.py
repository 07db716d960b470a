"""What the API promises, over a store and a counter in memory. Needs requirements.txt, httpx and pytest."""
# ruff: noqa: S101

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from shop.app import create_app
from shop.migrate import pending


class Memory:
    """A store and a counter; `away` plays a database that is gone."""

    def __init__(self) -> None:
        self.rows: list[dict] = []
        self.hits: int | None = 0
        self.away = False

    def check(self):
        if self.away:
            raise psycopg.OperationalError("connection refused")

    def products(self):
        self.check()
        return [{"name": "jam", "title": "Plum jam", "price_cents": 460}]

    def add_order(self, product, quantity):
        if product != "jam":
            return None
        self.rows.append({"id": len(self.rows) + 1, "product": product, "quantity": quantity, "total_cents": 460 * quantity})
        return self.rows[-1]

    def orders(self):
        return self.rows[::-1]

    def order(self, number):
        return next((row for row in self.rows if row["id"] == number), None)

    def count(self):
        self.hits = None if self.hits is None else self.hits + 1
        return self.hits


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture
def client(memory):
    return TestClient(create_app(memory, memory, "api-blue"))


def test_an_order_must_be_readable_after_it_was_placed(client):
    placed = client.post("/api/orders", json={"product": "jam", "quantity": 2})
    assert placed.status_code == 201
    assert placed.json()["total_cents"] == 920
    assert client.get("/api/orders").json()["orders"] == [placed.json()]
    assert client.get("/api/orders/1").json() == placed.json()


def test_an_unknown_product_or_order_must_be_refused_by_name(client):
    answer = client.post("/api/orders", json={"product": "gold"})
    assert (answer.status_code, "'gold'" in answer.json()["detail"]) == (404, True)
    assert client.get("/api/orders/7").status_code == 404


@pytest.mark.parametrize("quantity", [0, -1, 101, "many"])
def test_a_quantity_out_of_range_must_be_refused(client, memory, quantity):
    assert client.post("/api/orders", json={"product": "jam", "quantity": quantity}).status_code == 422
    assert memory.rows == []


def test_visits_must_be_counted_and_their_counter_may_be_away(client, memory):
    assert [client.get("/api/orders").json()["hits"] for _ in range(2)] == [1, 2]
    memory.hits = None
    assert client.get("/api/orders").json()["hits"] is None


def test_an_absent_database_must_make_the_api_unready_and_say_so(client, memory):
    assert client.get("/healthz").status_code == 200
    memory.away = True
    assert client.get("/healthz").status_code == 503
    assert "database" in client.get("/api/products").json()["detail"]


def test_answers_must_name_the_instance_that_served_them(client):
    assert client.get("/api/products").json()["servedBy"] == "api-blue"


def test_only_migrations_that_were_not_applied_must_run_in_order(tmp_path: Path):
    for name in ("002_b.sql", "001_a.sql", "003_c.sql", "notes.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in pending(tmp_path, {"001_a.sql"})] == ["002_b.sql", "003_c.sql"]
