"""Clients of the services the site depends on; the stand-ins of the rehearsal answer the same calls."""
