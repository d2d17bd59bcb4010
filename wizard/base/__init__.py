"""Helpers for every package: errors, files, processes, git, secrets and the terminal."""
