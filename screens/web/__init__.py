"""The guided session in a browser: who may open it, and one process for each open page."""
