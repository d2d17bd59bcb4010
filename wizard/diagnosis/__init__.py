"""Troubleshooting: runs the probe of each hint and ranks the hints by what it found."""
