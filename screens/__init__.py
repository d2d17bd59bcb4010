"""The guided session: a Textual app with one screen a module."""
