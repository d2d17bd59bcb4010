"""One executor for each kind of action: how it is applied, journaled and undone."""
