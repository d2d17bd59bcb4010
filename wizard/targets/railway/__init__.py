"""The `railway` target: Railway's command and API, and the project, its service and its deployments there."""
