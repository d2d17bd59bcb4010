"""The symbol of each status, one terminal cell wide. It is shown next to the status's name."""

SIGNS = {
    "done": "✔", "open": "☐", "failed": "✘", "drifted": "↯", "waived": "–", "rehearsed": "◐", "not-applicable": "·",
}  # fmt: skip
