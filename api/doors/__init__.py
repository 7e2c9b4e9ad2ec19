"""The other doors in: what citizens, collectors and vendors' boxes tell of, in their own shapes."""
