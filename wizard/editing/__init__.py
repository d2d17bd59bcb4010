"""Edits of Python source, .env and dependency files that leave every other byte alone."""
