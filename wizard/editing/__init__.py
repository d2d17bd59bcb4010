"""Edits of Python source, .env and dependency files that change no other byte."""
