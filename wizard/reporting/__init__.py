"""What Golive reports: reports, CI formats, event text, session logs, support bundles and the go-live lists."""
