"""The HTTP face: routes, and nothing that knows SQL."""

from __future__ import annotations

import os
from typing import Any, Protocol

import psycopg
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from .counter import Counter
from .store import Row, Store


class NewOrder(BaseModel):
    """What a customer sends."""

    product: str
    quantity: int = Field(default=1, ge=1, le=100)


class Orders(Protocol):
    """What the routes need of a store."""

    def check(self) -> None: ...
    def products(self) -> list[Row]: ...
    def add_order(self, product: str, quantity: int) -> Row | None: ...
    def orders(self) -> list[Row]: ...
    def order(self, number: int) -> Row | None: ...


class Visits(Protocol):
    """What the routes need of a counter."""

    def count(self) -> int | None: ...


def create_app(store: Orders, counter: Visits, instance: str) -> FastAPI:
    """The application over a store and a counter; `instance` is named in answers, so that a person sees who served them."""
    app = FastAPI(title=f"Shop API ({instance})")

    @app.exception_handler(psycopg.OperationalError)
    def database_away(request: Request, error: psycopg.OperationalError) -> JSONResponse:
        return JSONResponse({"detail": "The database is not reachable just now; try again."}, status_code=503)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        store.check()
        return {"status": "ok"}

    @app.get("/api/products")
    def products() -> dict[str, Any]:
        return {"products": store.products(), "servedBy": instance}

    @app.get("/api/orders")
    def orders() -> dict[str, Any]:
        return {"orders": store.orders(), "hits": counter.count(), "servedBy": instance}

    @app.get("/api/orders/{number}")
    def order(number: int) -> Row:
        return found(store.order(number), f"There is no order {number}.")

    @app.post("/api/orders", status_code=201)
    def add_order(new: NewOrder) -> Row:
        return found(store.add_order(new.product, new.quantity), f"There is no product {new.product!r}; see /api/products.")

    return app


def found(row: Row | None, otherwise: str) -> Row:
    """The row, or HTTP 404 saying `otherwise`."""
    if row is None:
        raise HTTPException(404, otherwise)
    return row


app = create_app(
    Store(),
    Counter(os.environ.get("REDIS_URL", "redis://localhost:6379/0")),
    os.environ.get("SHOP_INSTANCE", "api"),
)
