CREATE TABLE products (
    name        text PRIMARY KEY,
    title       text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents > 0)
);

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product     text NOT NULL REFERENCES products (name),
    quantity    integer NOT NULL CHECK (quantity > 0),
    total_cents integer NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
