"""The line to the workers: one WebSocket each, opened by the worker."""
