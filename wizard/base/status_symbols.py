"""How a status is written: a sign of one cell, beside its word."""

SIGNS = {"done": "✔", "open": "☐", "failed": "✘", "drifted": "↯", "waived": "–", "rehearsed": "◐"}
