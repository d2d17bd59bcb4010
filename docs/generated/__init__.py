"""The generators of derived pages, run by docs/make.py."""
