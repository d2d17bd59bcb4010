"""A deployed site over HTTP: sessions, and the journeys that test it."""
