"""Runs tasks: inspect, plan, apply, verify, undo, and recovery after a kill."""
