"""The agent: runs inside the project's interpreter. It needs only the standard library."""
