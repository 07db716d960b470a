"""The `roro` command: runs the collection's playbooks through ansible-runner and reads what the engine reports."""
