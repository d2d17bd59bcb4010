"""One module per command: its `run(options)` returns the exit code. `main` imports only the one it runs."""
