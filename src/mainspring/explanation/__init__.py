"""What --explain says: what would happen for a target, and why. Nothing of the target is run, and nothing is written.

`plan` has all of it, in `step`s: which `variables` counted, whether the store is used (`stores`), what comes
with a `bundle` or a project, and what the `program` will see, also in `places` where nothing is yet.
"""
