"""Golive's engine: inspect, plan, apply, verify and undo the tasks that take a Django project to production."""

__version__ = "0.1.0"
