"""The `local` target: a rehearsal of production on this machine."""
