"""What is in a bundle, and in anything else that has a path; nothing of it is imported, executed or written.

`contents` gives the members of an archive, sound or not, or of a directory, and `listing` reads the central directory;
`gathering` makes the facts of them, a `report.Report`: with `origins` (who made it), `distributions` (of their `metadata`,
and the `owners` of files), `natives`, `warnings` and `prospects` (what would come of running it), and, for what is no
bundle, with `projects` and `singles`. From these `document` and `sbom` are made, and for people `facts`, which `page` writes as
text and `terminal` with colours; `differences` compares two, and `difference_page` shows that.
"""
