"""The `railway` target: Railway's command and API, and the project with its service and deployments."""
