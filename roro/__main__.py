"""`python -m roro` is the same as `roro`."""

from __future__ import annotations

from .cli import main

main()
