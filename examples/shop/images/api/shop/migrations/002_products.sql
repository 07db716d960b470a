INSERT INTO products (name, title, price_cents) VALUES
    ('bread', 'Sourdough bread', 540),
    ('coffee', 'Coffee beans, 250 g', 890),
    ('honey', 'Honey from the roof', 720),
    ('jam', 'Plum jam', 460);
