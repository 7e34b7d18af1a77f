"""Projects: source trees with a pyproject.toml, and scripts that say inline what they need (PEP 723).

What they say: `settings`, and `inline` for the block in a script that `blocks` finds; both by `reading` and `toml`, with
`project_table`, `named` (extras and groups) and `tool_table` for what single tables mean, `sources` for where modules are,
and `plain`. What is wanted of it: `choices`. What is installed for that, once: `layers`, by `installers`, as `locks` have
it, and for other `targets`. What only the build backend knows: `backends` ask it, `told` and `overlay`
read its answers, `completing` and `own_wheel` keep them, as long as the files that `counted` and `snapshots` see stay
as they are; `stated` makes metadata without it. `running` makes a program of it all; what a start needs that knows a
project is `runtime.project`.
"""
