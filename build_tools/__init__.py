"""The project's own tools: environment, checks, demo, package, screenshot. Nothing here is shipped."""
