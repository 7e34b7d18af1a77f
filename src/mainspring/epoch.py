"""The time that files of bundles and wheels get, where SOURCE_DATE_EPOCH does not say (https://reproducible-builds.org/specs)."""

DEFAULT = 315554400  # as shiv has it: the first day that a zip archive can name
