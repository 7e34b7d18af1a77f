"""Code with constant sets: it comes back from the store with all in them where python, which compiles it, has it."""

import marshal
from pathlib import Path
from types import CodeType
from typing import List

import pytest

from mainspring.runtime import constant_sets, image
from support import MAINSPRING, PYTHON, run, write_zip

# Most come back from marshal in another order; the last one, if it is put together in the order in which it is gone through.
SETS = [
    "{8, 0}",
    "{1000, 8, 16, 0}",
    "{255, 511, 767, 0}",
    "{(3, 4), (4, 5), (8, 1)}",
    "{None, False, True}",
    "{15, 7, 8}",
]
NESTED = "def f():\n    for one in {sets}:\n        yield lambda: [other for other in {sets}]\n"


def orders(code: CodeType) -> List[List[object]]:
    """Give what is in each constant set of code, in order."""
    return [order for constant in code.co_consts for order in orders_in(constant)]


def orders_in(constant: object) -> List[List[object]]:
    if isinstance(constant, CodeType):
        return orders(constant)
    return [list(constant)] if isinstance(constant, frozenset) else []


def come_back(code: CodeType) -> CodeType:
    kept = constant_sets.dumped(code)
    assert kept is not None
    back = marshal.loads(kept)
    return back if isinstance(back, CodeType) else constant_sets.restored(back)


@pytest.mark.parametrize("sets", SETS)
def test_sets_come_back_in_the_order_in_which_they_were_compiled(sets: str) -> None:
    code = compile(NESTED.replace("{sets}", sets), "name.py", "exec", dont_inherit=True)
    assert come_back(code) == code and orders(come_back(code)) == orders(code)


def test_marshal_alone_does_not_see_to_that() -> None:
    codes = [compile(f"0 in {sets}", "name.py", "eval") for sets in SETS]
    back = [marshal.loads(marshal.dumps(code)) for code in codes]
    assert any(orders(one) != orders(other) for one, other in zip(codes, back))


def test_modules_and_scripts_with_such_sets_are_kept(tmp_path: Path) -> None:
    lines = "".join(f"print([one for one in {sets}])\n" for sets in SETS)
    write_zip(tmp_path / "app.pyz", {"__main__.py": "import sets\n", "sets.py": lines})
    (tmp_path / "script.py").write_text(lines)
    store = tmp_path / "store"
    for target in ("app.pyz", "script.py"):
        by_python = run([*PYTHON, target], tmp_path)
        assert [run([*MAINSPRING, target], tmp_path, env={"MAINSPRING_CACHE_DIR": str(store)}) for _ in range(3)] == [
            by_python
        ] * 3
    (kept,) = [image.open_image(str(path)) for path in store.glob("bundles-*/*/*.image")]
    assert kept is not None and "sets" in kept.index["modules"]
    assert len(list(store.glob("scripts-*/*"))) == 1
