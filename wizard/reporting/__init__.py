"""What a run reports: reports, CI formats, event lines, session logs and support bundles."""
