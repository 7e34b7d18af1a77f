"""To see whether something is warned of, without other threads noticing."""

import sys
import threading
import warnings
from typing import Any, Iterator, List

import pytest

from mainspring.runtime.warning_filters import Raised, speaker

OURS = "what.we.compile"
ESCAPE = "text = '\\d'\n"


@pytest.fixture
def said() -> Iterator[List[str]]:
    """Give what is warned of, in order."""
    heard: List[str] = []
    before, show = list(warnings.filters), warnings.showwarning
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, *_, **__: heard.append(str(message))
    yield heard
    warnings.filters[:] = before  # type: ignore[index]
    warnings.showwarning = show


def warn(module: str) -> None:
    warnings.warn_explicit(f"of {module}", UserWarning, "f.py", 1, module=module)


def compiled(file: str, module: str) -> None:
    named: Any = {"module": module} if sys.version_info >= (3, 15) else {}
    compile(ESCAPE, file, "exec", **named)


def test_what_is_warned_of_in_the_name_of_one_module_is_raised(said: List[str]) -> None:
    with pytest.raises(UserWarning), Raised(OURS):
        warn(OURS)
    assert said == []


@pytest.mark.parametrize("name", ["other", f"{OURS}.submodule", OURS[:-1], "__main__"])
def test_what_is_warned_of_in_any_other_name_is_said_as_ever(name: str, said: List[str]) -> None:
    with Raised(OURS):
        warn(name)
    assert said == [f"of {name}"]


def test_when_that_is_over_warnings_are_said_again(said: List[str]) -> None:
    with Raised(OURS):
        pass
    warn(OURS)
    assert said == [f"of {OURS}"]


@pytest.mark.parametrize("file", ["/x/y.py", "<string>", "a.zip/p/__init__.py", "/x/y", "/x/y.pyw"])
def test_the_compiler_raises_what_it_warns_of_in_one_file(file: str, said: List[str]) -> None:
    with pytest.raises(SyntaxError), Raised(speaker(file, OURS)):
        compiled(file, OURS)
    assert said == []


def test_the_compiler_warns_of_another_file_as_ever(said: List[str]) -> None:
    with Raised(speaker("/x/y.py", OURS)):
        compiled("/x/z.py", "another")
    assert len(said) == 1


def test_another_thread_warns_as_ever(said: List[str]) -> None:
    with Raised(OURS):
        other = threading.Thread(target=compiled, args=("/x/z.py", "another"))
        other.start()
        other.join()
    assert len(said) == 1


def test_what_the_program_changes_meanwhile_stays(said: List[str]) -> None:
    with Raised(OURS):
        warnings.simplefilter("ignore", UserWarning)
    warn("other")
    assert said == []
    with Raised(OURS):
        warnings.resetwarnings()
    assert warnings.filters == []
