"""The shop's API: products and orders in PostgreSQL, a visit counter in Redis."""
