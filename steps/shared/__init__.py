"""Helpers that several steps share. No step imports another step."""
