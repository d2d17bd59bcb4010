"""The 24 steps of the checklist, one module per task, and the helpers they share."""
