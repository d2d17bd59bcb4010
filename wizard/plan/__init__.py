"""Plans as data: the actions of a task, and drafts of file changes."""
