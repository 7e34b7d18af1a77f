"""Building bundles: from a project and the layer of its dependencies to one file that shiv's bootstrap starts.

For `mainspring.builder`, `request` has what is to be built, and `making` does it all: `installed` has the project's own
files, of the wheel that `projects.own_wheel` makes and of its settings, but for what `patterns` leave out; `packs` packs a
layer once, with its files as `canonical` has them; `assembly` puts both together with shiv's builder; `entry_points` has
what starts, and `imports` what that cannot do without.
"""
