"""Programs with much code: what is wanted together lies together in the image, and is all that it was by itself."""

import marshal
import random
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import pytest

from mainspring.runtime import image
from mainspring.storage import writer
from mainspring.storage.image_blobs import ImageBlobs
from support import MAINSPRING, Ended, run, write_tree, write_zip

NUMBER = 8
MUCH = 2**18  # bytes of code
MAIN = """\
import importlib, os, sys, threading

compiled = []

def main():
    for word in sys.argv[1:]:
        if word == "break off":
            sys.stdout.flush()
            os._exit(5)
        if word == "again":
            module = importlib.reload(importlib.import_module("m0"))
            codes = [importlib.import_module(f"m{i}").__loader__.get_code(f"m{i}") for i in (0, 3, 0, 2)]
            print(module.V, codes[0] == codes[2], codes[0] is codes[2], [code.co_consts[0] for code in codes])
        elif word == "watch":
            sys.addaudithook(lambda event, args: compiled.append(str(args[1])) if event == "compile" else None)
        elif word == "compiled":
            print(sorted({os.path.basename(name) for name in compiled if name.endswith(".py")}))
        elif word == "threads":
            threads = [threading.Thread(target=importlib.import_module, args=[f"m{i}"]) for i in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            print(sorted(name for name in sys.modules if name[0] == "m" and name[1:].isdigit()))
        else:
            print(importlib.import_module(word).V, importlib.import_module(word).f0.__doc__)

if __name__ == "__main__":
    main()
"""
LINES = "".join(
    f"def f{n}(a{n}, b={n}):\n    '''Text {n}.'''\n    return a{n}, b, {n}.5, 'word{n}'\n" for n in range(700)
)


def module(number: int, value: object = None) -> str:
    return f"V = {number if value is None else value!r}\nM{number} = {number}\n{LINES}"


def names(*numbers: int) -> List[str]:
    return [f"m{number}" for number in numbers]


@pytest.fixture(params=["zipped", "unpacked"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A directory with a program of modules of which half are enough for a list, and that has never run."""
    write_zip(tmp_path / "app.pyz", {"__main__.py": MAIN, **{f"m{i}.py": module(i) for i in range(NUMBER)}})
    if request.param == "unpacked":
        (tmp_path / "options").write_text("--unpack")
    assert MUCH < NUMBER / 2 * len(marshal.dumps(compile(module(0), "m0.py", "exec"))) < 2 * MUCH
    return tmp_path


def start(place: Path, *words: str) -> Ended:
    options = (place / "options").read_text().split() if (place / "options").exists() else []
    return run([*MAINSPRING, *options, "app.pyz", *words], place, env={"MAINSPRING_CACHE_DIR": str(place / "store")})


def said(*numbers: int) -> Ended:
    return Ended(0, "".join(f"{number} Text 0.\n" for number in numbers), "")


def image_of(place: Path) -> Path:
    [path] = (place / "store").glob("bundles-1/*/*.image")
    return path


def lists(place: Path) -> List[int]:
    """Give how many modules lie in each list of the image."""
    found = image.open_image(str(image_of(place)))
    assert found is not None
    return list(found.index["lists"].values())


def settled(place: Path) -> Path:
    """Start until the image has lists; give it."""
    for _ in range(3):
        start(place, *names(*range(NUMBER)))
    assert sum(lists(place)) >= NUMBER
    return image_of(place)


def test_code_that_one_run_took_from_the_image_lies_together_from_then_on(place: Path) -> None:
    assert start(place, *names(*range(NUMBER))) == said(*range(NUMBER))
    assert lists(place) == []
    assert start(place, *names(0, 1, 2, 3)) == said(0, 1, 2, 3)
    [first] = lists(place)
    assert first >= 4  # some of the standard library's besides
    assert start(place, *names(7, 6, 5, 4, 3)) == said(7, 6, 5, 4, 3)
    assert sorted(lists(place)) == sorted([first, 4])
    before = image_of(place).stat()
    assert start(place, *names(*range(NUMBER))) == said(*range(NUMBER))
    assert (image_of(place).stat().st_ino, image_of(place).stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_program_that_never_ends_in_good_order_has_its_code_kept(place: Path) -> None:
    for _ in range(NUMBER):  # what is left at last of one start is kept by the next
        ended = start(place, *names(*range(NUMBER)), "break off")
        assert ended == said(*range(NUMBER))._replace(status=5)
    found = image.open_image(str(image_of(place)))
    assert found is not None
    known = {name for _, there in found.index["library"].values() for name, what in there.items() if what[0]}
    assert set(names(*range(NUMBER))) <= known.union(found.index["modules"])


def test_little_that_comes_last_is_kept_too_of_a_program_that_always_breaks_off(place: Path) -> None:
    with zipfile.ZipFile(place / "app.pyz", "a") as archive:
        archive.writestr("least.py", "V = 'least'\n" + "".join(LINES.splitlines(keepends=True)[: 3 * 60]))
    words = [*names(*range(4)), "least", "break off"]
    for _ in range(3):
        assert start(place, *words) == Ended(5, f"{said(*range(4)).out}least Text 0.\n", "")
    before = image_of(place).stat()
    ended = start(place, "watch", *names(*range(4)), "least", "compiled", "break off")
    assert ended == Ended(5, f"{said(*range(4)).out}least Text 0.\n[]\n", "")
    assert image_of(place).stat().st_mtime_ns == before.st_mtime_ns


def test_the_library_that_a_program_uses_is_kept_though_it_breaks_off_with_little_of_its_own(tmp_path: Path) -> None:
    library = (
        "argparse asyncio concurrent.futures ctypes decimal email.message http.client json logging.handlers pathlib"
    )
    main = f"import os, {library.replace(' ', ', ')}, own\nos._exit(own.V)\n"
    write_zip(tmp_path / "app.pyz", {"__main__.py": main, "own.py": "V = 5\n"})
    for options in ("", "--unpack"):
        (tmp_path / "options").write_text(options)
        for number in range(4):
            assert start(tmp_path) == Ended(5, "", ""), number
        images = (tmp_path / "store").glob(f"bundles-1/*/{'unpacked' if options else 'zipped'}-*.image")
        found = image.open_image(str(next(images)))
        assert found is not None
        assert {"argparse", "asyncio", "json.decoder"} <= {
            name for _, there in found.index["library"].values() for name in there
        }


def test_little_code_stays_by_itself(place: Path) -> None:
    for _ in range(4):
        assert start(place) == said()
    assert lists(place) == []


def test_what_is_new_leaves_the_lists_as_they_are(place: Path) -> None:
    for _ in range(3):
        start(place, *names(0, 1, 2, 3))
    before = lists(place)
    assert before and start(place, "m7") == said(7)
    assert lists(place) == before
    assert start(place, *names(0, 7, 1)) == said(0, 7, 1)


def test_what_is_saved_in_the_middle_of_a_run_keeps_what_was_saved_before(place: Path) -> None:
    assert start(place, *names(0, 1)) == said(0, 1)
    assert start(place, *names(*range(NUMBER))) == said(*range(NUMBER))  # so much is new that it is saved at once
    before = image_of(place).stat().st_size
    assert start(place, *names(*range(NUMBER))) == said(*range(NUMBER))
    assert sum(lists(place)) >= NUMBER
    assert abs(image_of(place).stat().st_size - before) < before / NUMBER / 2  # no module was missing, or came


def test_what_an_image_has_comes_from_it_though_it_is_made_anew_in_the_middle_of_the_run(place: Path) -> None:
    for _ in range(3):
        start(place, *names(*range(1, NUMBER)))
    ended = start(place, "watch", *names(*range(NUMBER)), "compiled")
    assert ended == said(*range(NUMBER))._replace(out=f"{said(*range(NUMBER)).out}['m0.py']\n")


def test_modules_that_are_compiled_at_every_start_have_no_image_made_anew(place: Path) -> None:
    with zipfile.ZipFile(place / "app.pyz", "a") as archive:
        archive.writestr("warns.py", "V = '\\d'\n" + LINES)
    words = [*names(0, 1, 2, 3), "warns", *names(4, 5, 6, 7)]
    expected = start(place, *words).out
    assert start(place, *words).out == expected
    before = image_of(place).stat()
    assert sum(lists(place)) >= NUMBER
    assert start(place, *words).out == expected
    assert (image_of(place).stat().st_ino, image_of(place).stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("word", ["again", "threads"])
def test_code_can_be_had_again_and_by_many_at_once(word: str, place: Path) -> None:
    expected = start(place, word)
    assert expected.status == 0
    settled(place)
    for _ in range(5):
        assert start(place, word) == expected
        assert start(place, *names(0), word, *names(0)) == Ended(0, f"0 Text 0.\n{expected.out}0 Text 0.\n", "")


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(6))
def test_a_list_that_was_damaged_is_made_anew(seed: int, place: Path) -> None:
    path, dice = settled(place), random.Random(seed)  # noqa: S311
    data = bytearray(path.read_bytes())
    if seed % 2:
        data[dice.randrange(len(data) // 2, len(data))] ^= 255
    else:
        del data[dice.randrange(len(data) // 2, len(data)) :]
    path.write_bytes(bytes(data))
    for _ in range(4):  # what is lost is compiled, kept when it is compiled again, and put together when that was taken
        assert start(place, *names(*range(NUMBER))) == said(*range(NUMBER))
    assert sum(lists(place)) >= NUMBER - 1  # one module by itself is too little
    env = {"MAINSPRING_CACHE_DIR": str(place / "store")}
    assert run([*MAINSPRING, "cache", "verify"], place, env=env).status == 0


def test_a_source_that_was_changed_leaves_its_list(tmp_path: Path) -> None:
    table = '[project]\nname = "app"\nversion = "1"\n[project.scripts]\napp = "app:main"\n'
    write_tree(tmp_path / "app", {"pyproject.toml": table, "app.py": MAIN})
    write_tree(tmp_path / "app", {f"m{i}.py": module(i) for i in range(NUMBER)})
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    words = [*MAINSPRING, "app", *names(*range(NUMBER))]
    for value in ("first", "second", "third"):
        write_tree(tmp_path / "app", {"m2.py": module(2, value)})
        for _ in range(3):
            out = run(words, tmp_path, env=env)
            assert out == Ended(0, said(*range(NUMBER)).out.replace("2 Text", f"{value} Text"), "")
    assert sum(lists(tmp_path)) >= NUMBER - 1


# The blobs of an image to be


def test_a_list_goes_on_as_long_as_all_of_it_is_wanted(tmp_path: Path) -> None:
    codes = {name: marshal.dumps(compile(f"V = {name!r}", name, "exec")) for name in "abcdef"}
    scattered, _ = _written(tmp_path, None, codes)
    joined, blobs = _written(tmp_path, scattered, _places(scattered), [*_places(scattered).values()][:4])
    assert list(blobs.lists.values()) == [4]
    again, blobs = _written(tmp_path, joined, _places(joined))
    assert list(blobs.lists.values()) == [4] and joined.blob(list(joined.index["lists"])[0]) in blobs.in_order
    fewer, blobs = _written(tmp_path, again, {name: place for name, place in _places(again).items() if name != "b"})
    assert list(blobs.lists.values()) == [3]
    for found in (scattered, joined, again, fewer):
        for name in sorted(_places(found), reverse=True):
            for _ in range(2):
                assert found.load(_places(found)[name]) == marshal.loads(codes[name])
    assert sorted(_places(fewer)) == list("acdef")


def test_a_list_is_not_longer_than_what_a_cache_keeps(tmp_path: Path) -> None:
    codes = {name: marshal.dumps(compile(f"V = {name * 400_000!r}", name, "exec")) for name in "abc"}
    scattered, _ = _written(tmp_path, None, codes)
    joined, blobs = _written(tmp_path, scattered, _places(scattered), [*_places(scattered).values()])
    assert list(blobs.lists.values()) == [2, 1]
    assert [joined.load(place) for place in _places(joined).values()] == [*map(marshal.loads, codes.values())]


def _written(
    tmp_path: Path, old: Optional[image.Image], codes: Dict[str, Any], joined: Sequence[Any] = ()
) -> Tuple[image.Image, ImageBlobs]:
    blobs = ImageBlobs(old, [], joined)
    numbers = {name: (blobs.add(name, code),) for name, code in codes.items()}
    modules = blobs.placed(numbers)
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.image"
    writer.write(str(path), image.head(marshal.dumps({"modules": modules, "lists": blobs.lists})), *blobs.in_order)
    found = image.open_image(str(path))
    assert found is not None
    return found, blobs


def _places(found: image.Image) -> Dict[str, Any]:
    return {name: value[0] for name, value in found.index["modules"].items()}
