"""Projects: source trees with a pyproject.toml, and scripts that say inline what they need (PEP 723).

`settings` reads what they say, `inline` the same in a script; `locks` knows lock files; `layers` installs what they
depend on, once; `snapshots` tells whether anything changed, and `own_wheel` makes a wheel of the project itself;
`running` makes a program of it all. What a start needs that knows a project is `runtime.project`.
"""
