"""What zipfile knows of the running archive comes from the image, and is what it would read at each start."""

import textwrap
from pathlib import Path

import pytest

from support import MAINSPRING, PYTHON, Files, run, until_settled, write_zip

# What programs do with the members of their own archive.
PROGRAMS = {
    "it changes what it is given": """
        out = tempfile.mkdtemp()
        with zipfile.ZipFile(here) as archive:
            for info in archive.infolist():
                if info.filename.startswith("data/"):
                    info.filename = os.path.basename(info.filename)
                    archive.extract(info, out)
        print(sorted(os.listdir(out)))
        shutil.rmtree(out)
    """,
    "it lists them, and later the folders that they imply": """
        print(len(zipfile.ZipFile(here).namelist()))
        if "again" in sys.argv:
            root = zipfile.Path(here)
            print(sorted(path.name for path in root.iterdir()), (root / "data").is_dir(), (root / "data/deep").is_dir())
            print(zipfile.ZipFile(here).namelist())
    """,
    "it reads their names otherwise": """
        more = {"metadata_encoding": "cp866"} if "again" in sys.argv and sys.version_info >= (3, 11) else {}
        print(ascii(sorted(zipfile.ZipFile(here, **more).namelist())))
        print(ascii(sorted(zipfile.ZipFile(here).namelist())))
    """,
}


@pytest.mark.parametrize("body", [pytest.param(text, id=name) for name, text in PROGRAMS.items()])
def test_what_a_program_does_with_its_members_is_not_seen_in_later_runs(body: str, tmp_path: Path) -> None:
    start = "import os, shutil, sys, tempfile, zipfile\nhere = os.path.dirname(os.path.abspath(__file__))\n"
    members: Files = {"__main__.py": start + textwrap.dedent(body), "data/one.txt": "1", "data/deep/two.txt": "2"}
    data = write_zip(tmp_path / "p.pyz", {**members, "qqqq.txt": "3"}).read_bytes()
    assert data.count(b"qqqq") == 2
    (tmp_path / "p.pyz").write_bytes(data.replace(b"qqqq", b"\x82qqq"))  # as from DOS
    until_settled()
    for words in ([], [], ["again"], ["again"], []):
        assert run([*MAINSPRING, "p.pyz", *words], tmp_path) == run([*PYTHON, "p.pyz", *words], tmp_path)
