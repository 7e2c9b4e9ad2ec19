"""The life of a case, pure: states, who may do what from where, and what becomes of it.

Knows neither the store nor the clock. `machine.RULES` is the whole of it; the store keeps what
it allows, and `docs/case-life.md` draws it.
"""
