"""The `.golive/` folder: state file, journal, signatures and lock."""
