"""The engineers' tools: evaluate, train, render."""
