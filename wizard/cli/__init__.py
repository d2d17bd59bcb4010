"""The command line: `arguments` parses it, `commands` has a module for each command, `main` returns the exit code."""
