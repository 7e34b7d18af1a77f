"""Building bundles: from a project and the layer of its dependencies to one file that shiv's bootstrap starts.

`installed` installs the project's own wheel (`projects.own_wheel`); `packs` packs a layer once; `assembly` puts both
together with shiv's builder; `entries` finds what starts. `mainspring.builder` uses them all.
"""
