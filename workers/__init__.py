"""Pipelines on live cameras: evidence, the durable outbox, the line to the API."""
