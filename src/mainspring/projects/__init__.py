"""Projects: source trees with a pyproject.toml, and scripts that say inline what they need (PEP 723).

- What they say: `settings`, and `inline` for the block in a script, which `blocks` finds. Both read by `reading` and `toml`;
  single tables by `project_table`, `extras_and_groups` and `tool_table`; where modules are, by `sources`; files that nobody
  has checked, by `regular_files`; Python source, by `syntax`.
- What is wanted of it: `choices`. What is installed for that, once: `layers`, by `installers`, as `locks` have it, and for
  other `targets`. A lock file is a `pylock`, a `uv_lock` or `hashed_requirements`; what comes of each are `lock_lines`.
- What only the build backend knows: `backends` ask it; `dist_info` and `overlay` read its answers; `dynamic_metadata` and
  `own_wheel` keep these as long as the files stay as they are that `snapshots` sees and that, by `build_inputs`, the answers
  depend on. Where a project says all itself, `static_metadata` makes its metadata.
- `running` makes a program of it all. What a later start needs is `runtime.project`.
"""
