"""The dispatch of targets that the store does not know yet, or knows to need another interpreter: who is to run them.

Called by `runtime.start`, by way of `upstairs`: to run what comes out, or to have it told, for `--explain`.
"""

import os
import sys

from mainspring.runtime import Refusal, command, interpreter, kinds, load, loaded, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, NoReturn, Optional, Union

    from mainspring.projects.running import Wanted
    from mainspring.runtime.program import Program
    from mainspring.runtime.warm import Warm


def received(asked: "command.Command", located: "Program") -> "Union[Program, Warm]":
    """Give what is to run for located, which asked names; its bundle, if there is one, is checked then, and in the store.

    With asked.is_explained, nothing is changed. Raises Leaving where another program is to take over; and Refusal.
    """
    if located.kind == kinds.PROJECT or source.has_metadata(located):
        return _with_dependencies(asked, located)
    if located.kind == kinds.EXECUTABLE and not asked.chooses:
        own = [asked.target, *asked.args]
        raise loaded("handover").Leaving(asked.target, "it is a program of the system's", located.path_name, own)
    if located.kind in (kinds.ARCHIVE, kinds.WHEEL) and os.path.isfile(located.path_name):
        return _entered(asked, located)
    if located.kind == kinds.DIRECTORY and kinds.is_pex_directory(located.path_name):
        return _entered(asked, located)
    if located.kind == kinds.ARCHIVE and asked.wants_files and _says_unpack(asked):
        reason = "it is a folder in an archive, which gets no real files"
        raise Refusal(asked.target, reason, "unpack the archive, and run the folder")
    return _inside(asked, located)


def _says_unpack(asked: "command.Command") -> bool:
    """Tell whether an option says it, and not a variable, which may be meant for others."""
    before = asked.words[: len(asked.words) - len(asked.args)]
    return any(word.partition("=")[0] == "--unpack" for word in before)


def go_where_asked(asked: "command.Command") -> None:
    """Have the interpreter that asked names run what it wants, unless that is this one. MAINSPRING_PYTHON is removed."""
    os.environ.pop(command.PYTHON, None)
    if asked.python == command.HERE:
        return
    load("handover", "elsewhere")
    from mainspring.runtime import elsewhere  # rarely is another one asked for

    path = elsewhere.asked_for(asked, lambda: _find_python(asked))
    if path is not None:
        _go(asked, path, asked.python_typed)


def isolate(asked: "command.Command") -> "NoReturn":
    """Have this interpreter, isolated, run what asked wants."""
    load("handover", "elsewhere")
    from mainspring.runtime import elsewhere  # rarely asked for

    raise elsewhere.isolating(asked)


def _find_python(asked: "command.Command") -> str:
    from mainspring import pythons  # once a day

    return pythons.find(asked.python, asked.python_typed, asked.use_store).path


def _with_dependencies(asked: "command.Command", located: "Program") -> "Union[Program, Warm]":
    """Give a project, or a script that says what it needs, which the store does not know yet."""
    # Only for what is not in the store yet; gather for the end, as in _bundles.
    from mainspring import gather, refusals, third_party  # noqa: F401

    if located.kind != kinds.PROJECT and not _says_what_it_needs(located):
        return _inside(asked, located)
    third_party.borrow(asked.lent)
    try:
        from mainspring.projects import running  # noqa: F401
    except (ImportError, SyntaxError, TypeError):  # the last two from libraries that are too new for this Python
        hint = f"{sys.executable} -m pip install packaging tomli"
        raise Refusal(
            asked.target, "this Python has not the libraries by which mainspring reads projects", hint
        ) from None

    with refusals.of(asked.target):
        return _project(asked, located)


def _project(asked: "command.Command", located: "Program") -> "Union[Program, Warm]":
    """Give a project, or a script with metadata. Raises refusals that do not say whose they are."""
    from mainspring.projects import running  # loaded already

    wanted = running.wanted(asked, located)
    if wanted is None:
        return _inside(asked, located)
    _go_for_project(asked, wanted)
    if asked.is_explained:
        return running.Expected(asked, wanted)
    whole = running.completed(asked, wanted)
    if "requires_python" in wanted.project.unknown:
        _go_for_project(asked, whole)
    return running.start(asked, whole)


def _says_what_it_needs(script: "Program") -> bool:
    from mainspring.projects import blocks  # only where the words of such a block are

    return any(True for _ in blocks.blocks(script.source or b""))


def _go_for_project(asked: "command.Command", wanted: "Wanted") -> None:
    """Go to the interpreter that a project needs, unless that can be this one."""
    from mainspring.projects import running  # loaded already

    path = running.elsewhere(asked, wanted)
    if path is not None:
        _go(asked, path, f"it needs Python {wanted.project.requires_python}")


def go_where_it_went(asked: "command.Command", key: str) -> None:
    """Go to the interpreter that a bundle with the hash key needed before, if there is one."""
    if asked.python:
        return
    load("handover", "elsewhere")
    from mainspring.runtime import elsewhere  # not for a warm start

    path = elsewhere.remembered(elsewhere.question_of_bundle(key))
    if path is not None:
        _go(asked, path, "it went there before, as it could not run here")


def _go(asked: "command.Command", path: str, reason: str) -> "NoReturn":
    load("handover", "elsewhere")
    from mainspring import third_party
    from mainspring.runtime import elsewhere  # rarely is another interpreter needed

    if not asked.is_module:
        asked.lent = third_party.lent()
    raise elsewhere.leaving(path, asked, reason)


def _entered(asked: "command.Command", located: "Program") -> "Union[Program, Warm]":
    """Give an archive that the store does not know yet, once it is checked."""
    bundles = interpreter.from_library(_bundles)
    try:
        found = bundles.checked(asked, located.path_name)
        path = bundles.elsewhere(asked, found)
        if path is not None:
            _go(asked, path, found.layout["misfit"])
        entered = bundles.Expected(asked, found) if asked.is_explained else bundles.enter(asked, found)
        if asked.may_name_script and not found.layout:
            entered.scripts = bundles.scripts_in(found.archive)
    except OSError as error:
        raise kinds.cannot_open(asked.target, located.path_name, error) from None
    foreign = entered.foreign()
    if foreign is not None:
        leave_to_others(asked, foreign, entered)
    is_served = asked.use_store or entered.need or entered.layout
    return entered if is_served else _inside(asked, located, entered.scripts)


def _bundles() -> "Any":
    """Give the module that checks bundles and enters them; only for what is not in the store yet."""
    try:
        import zlib  # noqa: F401  as most archives need it
    except ImportError:
        pass
    # gather is for the end: then, there may be no memory or descriptors for it.
    from mainspring import bundles, gather  # noqa: F401

    return bundles


def _inside(asked: "command.Command", located: "Program", known: "Optional[Dict[str, str]]" = None) -> "Program":
    """Give the program that asked names inside a plain bundle, or else the bundle's own; known: its console scripts."""
    if not asked.chooses:
        return located
    if not located.is_bundle:
        raise Refusal(
            asked.target, "it is no bundle, so nothing in it can be chosen", "--entry and --repl are for bundles"
        )
    load("entry")
    from mainspring.runtime import entry  # rarely asked for

    if known is None and asked.may_name_script:
        known = scripts(asked, located.path_name)
    return entry.asked_for_alone(located, asked, known or {})


def scripts(asked: "command.Command", path_name: str) -> "Dict[str, str]":
    """Give the console scripts of the plain archive or directory at path_name, which asked names. Raises Refusal."""
    try:
        found: "Dict[str, str]" = interpreter.from_library(_bundles).scripts(asked, path_name)
    except OSError as error:
        raise kinds.cannot_open(asked.target, path_name, error) from None
    return found


def advise(asked: "command.Command", refusal: "Refusal") -> None:
    """Let refusal, in python's words, say what can be started in what has no `__main__`, if anything can.

    Of several folders that have one, the first by name. Or that python has not seen its `__main__`, and which one would.
    """
    path_name = kinds.absolute(asked.target)
    load("source", "classify")
    members = loaded("members")
    if members.is_unread(path_name):
        refusal.hint = f"its directory is {members.ZIP64}: {members.NEWER}"
        return
    try:
        known = scripts(asked, path_name)
        folders = [] if known else members.folders_with_main(path_name)
    except (Refusal, OSError, ImportError):
        return
    if known:
        load("entry")
        refusal.hint = loaded("entry").listed(known)
    elif folders:
        refusal.hint = f"there is one in it: mainspring {_words_for(asked.target, folders[0])}"


def _words_for(target: str, folder: str) -> str:
    """Give what starts the `__main__` of a folder right in target: of what may be a package, so that it can import as one."""
    import shlex  # to say what helps

    if folder.isidentifier():
        return f"--entry {folder} {shlex.quote(target)}"
    return shlex.quote(os.path.join(target, folder))


def leave_to_others(asked: "command.Command", reason: str, known: "Warm") -> "NoReturn":
    """Leave a bundle to its own bootstrap, or what is to start in a wheel to the system."""
    if known.layout["maker"] == kinds.WHEEL:
        _leave_to_system(asked, reason, known)
    words = command.python_words(asked)
    if words is None:
        raise Refusal(asked.target, f"its own bootstrap has to run it ({reason}), which needs a process of its own")
    leaving = loaded("handover").Leaving(
        asked.target, reason, sys.executable, loaded("handover").of_python(words), bundle=known
    )
    if asked.chooses:
        from mainspring.makers import bootstraps  # rarely is something else asked for

        leaving.variables = bootstraps.variables_for(known.layout, asked)
    raise leaving


def _leave_to_system(asked: "command.Command", reason: str, known: "Warm") -> "NoReturn":
    name = loaded("wheel").system_program(known.layout, asked)
    path = loaded("files").path_in(known.directory, known.layout["programs"][name])
    is_kept = known.directory == known.entry.files()
    loaded("files").pass_on()
    raise loaded("handover").Leaving(
        asked.target, reason, path, [path, *asked.args], bundle=known, is_waited=not is_kept
    )
