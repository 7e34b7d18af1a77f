"""The commands that run no target: `build`, `inspect`, `diff` and `cache`, each with its options, and what it says.

`answers` has what the command says by itself, and leads to them; their options are read by `parsing`. What they do is
elsewhere: each asks for that, and words what comes out. Nothing here prints.
"""
