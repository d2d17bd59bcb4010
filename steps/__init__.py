"""The 24 steps of the checklist, one module a task, and what they share."""
