"""From frames to violations: model cards, runtimes, rules and the one pipeline."""
