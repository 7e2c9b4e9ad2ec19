"""Who is told of a case: chiefs by place and duty, departments, owners, shops; and through what.

Pure but for `channels` and `delivery`, which talk to the outside; the store's side is in
`api.store`.
"""
