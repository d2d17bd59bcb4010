"""The user's Django project: found, read, and inspected through its own interpreter."""
