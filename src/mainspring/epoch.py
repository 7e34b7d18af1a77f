"""The time that is written into what is built, where none is asked for (https://reproducible-builds.org/specs)."""

DEFAULT = 315554400  # as shiv has it: the first day that a zip archive can name
