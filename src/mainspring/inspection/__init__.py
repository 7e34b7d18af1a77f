"""What is in a bundle, and in anything else that has a path; nothing of it is imported, executed or written.

`contents` gives the members of an archive, sound or not, or of a directory, and `listing` reads the central directory
of one that is not; `gathering` makes the facts of them, a `report.Report`, with `distributions`, `natives`, `doubts`
and `files`. From these `page`, `document` and `sbom` are made, and `differences` compares two.
"""
