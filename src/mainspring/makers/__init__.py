"""The makers of bundles, and what each writes into them; `mainspring.layouts` asks the one that made a bundle.

shiv: `shiv`. pex: `pex`, of a zipapp, and `pex_directory`, with `pex_info`, `pex_files` and `resolution`. Wheels: `wheel`,
and `requirements`. `others` are known by name alone. All read with `metadata`, `headers` and `core_metadata`,
strictly. What makes a bundle's own bootstrap start something else is in `bootstraps`.
"""
