"""A candidate that is proved, looked at once more before it is filed: closer, and at what is near.

Each part (`closer`, `around`, a verifier, a worker's vision-language model) gives its view as a
`Part`; `judge` weighs them. None of them has a say over an open hole.
"""
