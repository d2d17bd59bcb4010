"""The rehearsal: the project run on this machine as production would run it."""
