"""Troubleshooting: runs the probe of each hint of a guide, and ranks the hints by the results."""
