"""Railway: its command line, its API, and the target built on both."""
