"""The `roro` command: runs the collection's playbooks and reads what the engine reports."""

import gc

gc.set_threshold(50_000, 20, 20)  # a command loads much and lives short: looking for garbage meanwhile was a twentieth of its time
