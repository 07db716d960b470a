"""The `roro` command: runs the collection's playbooks and reads what the engine reports."""
