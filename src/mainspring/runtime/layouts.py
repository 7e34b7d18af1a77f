"""Layouts: what a start has to know of what a bundle's maker wrote into it, as it is kept in the image.

This says which keys there are, for readers and for mypy; no start imports it. What a layout is made of, `makers` finds
out for bundles, and `projects.running` for projects; that of a plain archive is empty.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, List, Optional, Tuple, TypedDict

    class Layout(TypedDict, total=False):
        """What there is to know of a bundle or a project; of all this, each maker's have what is under its name.

        Paths are those of members, with slashes.
        """

        # All.
        maker: str  # "shiv", "pex", "wheel" or "project"
        version: str  # of the maker; of a wheel, its own
        scripts: "Dict[str, str]"  # the console scripts, and the entry of each

        # All but projects.
        paths: "List[str]"  # the folders that go on sys.path, in order; "" is the archive's root
        foreign: "Optional[str]"  # why its own bootstrap has to run it, whatever the environment says
        needs: "Dict[str, Any]"  # what it asks of an interpreter, as its maker's `as_needs` reads it
        misfit: "Optional[str]"  # why this interpreter cannot run it
        seen: "List[Tuple[str, Optional[int]]]"  # `library.surroundings`, if it depends on these
        members: "Collection[str]"  # the names of all members, for --explain alone

        # Of shiv.
        environment: "Dict[str, Any]"  # all of environment.json
        bin: "List[str]"  # the files among which its scripts are
        has_pth: bool  # whether there are .pth files; of projects, too
        link: "Optional[str]"  # the name under which a preamble wants to see the tree (`files.link_to`)
        tries: bool  # whether it is only said to be for other versions of Python, so that it may do on this one

        # Of pex.
        added: "List[str]"  # those of paths that are there because a .pth file names them
        sites: "List[str]"  # those of paths with .pth files
        files: "Dict[str, str]"  # the Python scripts that are files, and where; of wheels and projects, too
        entry_point: str  # a module, `module:attribute`, or ""
        script: str  # the name of a script, or ""
        inherit_path: str  # "false", "prefer" or "fallback"
        strip_pex_env: bool
        venv: bool
        inject_args: "List[str]"  # these two as PEX-INFO has them
        inject_env: "Any"
        formats: bool  # whether the arguments are to be formatted
        resources: "Dict[str, str]"  # variables, and for each the file whose path it gets
        chooses: bool  # whether its bootstrap may find an interpreter for which it has all distributions
        usual: "List[Any]"  # what a start without PEX_* variables need not work out: foreign, and what starts
        form: str  # of a directory: "packed" or "loose"
        place: str  # where a loose one is, and runs
        seen_files: "List[Any]"  # what of it was looked at, with its identity

        # Of wheels.
        name: str
        programs: "Dict[str, str]"  # the programs of the system's among its scripts, and where they are
        default: str  # what starts when nothing else is asked for, or ""; of projects, too

        # Of projects.
        is_script: bool  # whether it is a script with a metadata block
        file: str  # that which says all this, absolute
        roots: "List[str]"  # the directories of its modules; of loose PEXes, too
        seen_paths: "List[Any]"  # where modules were looked for, and whether there was anything
        locks: "List[Any]"  # the lock files that there are or could be, and the identity of each
        counted: "List[Any]"  # what its build backend's answers depend on, likewise
        variables: "List[Any]"  # those of the environment on which they depend, and the value of each
        layer: str  # the key of the layer with what it depends on, or ""
        own: str  # the key of the layer with its own metadata, or ""
        metadata: "List[str]"  # the directories with metadata that go on sys.path
