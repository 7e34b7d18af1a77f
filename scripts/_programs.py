"""The programs that scripts/bench starts: what each is installed from, and how it is called.

What comes from the package index is pinned; the rest are small projects of our own, given as their files.
"""

from typing import Callable, Dict, List, NamedTuple, Tuple


class Program(NamedTuple):
    """A program: its name here, what pip installs for it, its console script and that script's function."""

    name: str
    requirements: Tuple[str, ...]
    script: str
    entry_point: str
    arguments: Tuple[str, ...] = ()
    stdin: str = ""
    home: Tuple[Tuple[str, str], ...] = ()  # files that it finds in its home directory
    options: Tuple[str, ...] = ()  # those of mainspring, for this program
    oldest: Tuple[int, int] = (3, 8)
    project: "Callable[[], Dict[str, str]]" = dict  # the files of a project of our own, installed as well

    def runs_on(self, minor: str) -> bool:
        """Tell whether the pins support that Python, `3.12`."""
        return tuple(int(number) for number in minor.split(".")) >= self.oldest


def project(name: str, files: Dict[str, str], dependencies: Tuple[str, ...] = ()) -> Dict[str, str]:
    """Give files with the pyproject.toml that makes them a project with a console script of its own name."""
    needs = ", ".join(f'"{dependency}"' for dependency in dependencies)
    head = f'[project]\nname = "{name}"\nversion = "1"\ndescription = "for measuring"\ndependencies = [{needs}]\n'
    build = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    return {**files, "pyproject.toml": f'{head}[project.scripts]\n{name} = "{name}:main"\n{build}'}


def hello() -> Dict[str, str]:
    """Give the project that prints a line."""
    return project("hello", {"hello/__init__.py": "def main():\n    print('hello')\n"})


GROUPBY = """\
import numpy
import pandas


def main():
    table = pandas.DataFrame({"key": numpy.arange(1000) % 7, "value": numpy.arange(1000.0)})
    print(table.groupby("key").value.sum().to_string())
"""
NUMBERS = ("numpy==2.3.4", "pandas==2.3.3")


def npd() -> Dict[str, str]:
    """Give the project that groups a table."""
    return project("npd", {"npd.py": GROUPBY}, NUMBERS)


def big(members: int) -> Program:
    """Give the program that has so many modules, and needs three of them."""
    name = f"big{members // 1000}k" if members >= 1000 else f"big{members}"

    def files() -> Dict[str, str]:
        modules = {f"{name}/m{number:05}.py": f"NUMBER = {number}\n" for number in range(members)}
        chosen = ", ".join(f"m{number:05}" for number in (0, members // 2, members - 1))
        main = f"from . import {chosen}\n\n\ndef main():\n    print({chosen.replace(',', '.NUMBER,')}.NUMBER)\n"
        return project(name, {f"{name}/__init__.py": main, **modules})

    return Program(name, (), name, f"{name}:main", project=files)


SOURCE = """\
import   sys
def  greet( name ,times = 2 ):
    for i in range( times ):
        print( 'hello, '+name , file = sys.stdout )
class A( object ) :
    x = { 'a':1,'b' : 2 }
if __name__=='__main__':
    greet( "you" )
"""
HTTP = ("--ignore-stdin", "--offline", "--pretty=all", "POST", "https://example.org/", "name=value")
QUIET = ((".config/httpie/config.json", '{"disable_update_warnings": true}'),)  # or it looks for news in the network

PROGRAMS: List[Program] = [
    Program("hello", (), "hello", "hello:main", project=hello),
    Program("httpie", ("httpie==3.2.4",), "http", "httpie.__main__:main", HTTP, home=QUIET),
    Program(
        "black",
        ("black==25.1.0",),
        "black",
        "black:patched_main",
        ("-q", "-"),
        stdin=SOURCE,
        options=("--unpack",),
        oldest=(3, 9),
    ),
    Program("awscli", ("awscli==1.42.70",), "aws", "awscli.clidriver:main", ("--version",), options=("--unpack",)),
    Program("npd", NUMBERS, "npd", "npd:main", oldest=(3, 11), project=npd),
    big(10_000),
]
GROWTH = [10, 1_000, 10_000, 50_000]
