"""Reports in all formats, event text, session logs, support bundles and the go-live lists."""
