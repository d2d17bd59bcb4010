"""The guided session as lines and prompts, for screen readers and simple terminals."""
