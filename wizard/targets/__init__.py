"""Targets that a project is deployed to: their interface, the local rehearsal, and Railway."""
