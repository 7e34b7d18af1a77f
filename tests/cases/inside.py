"""Programs in archives that look closely at themselves: at their modules, their importers, their members.

Each is a `__main__` for an archive with MEMBERS; what needs other members or another surrounding names them.
"""

from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple


class Program(NamedTuple):
    """A `__main__`, and what it needs around it."""

    name: str
    source: str
    members: Dict[str, str] = {}  # more of the archive
    tree: Dict[str, Any] = {}  # beside the archive, made anew for every start
    options: Sequence[str] = ()  # the interpreter's
    env: Optional[Dict[str, str]] = None
    since: Tuple[int, int] = (3, 8)
    before: Tuple[int, int] = (9, 9)
    needs: str = ""  # "posix" or "linux"
    status: Optional[int] = 0  # None for any


MEMBERS = {
    "top.py": '"""At the top."""\nimport sys\nVALUE = 1\ndef f(x=0):\n    # a comment\n    return 1 / x\n',
    "pkg/__init__.py": "VALUE = 'pkg'\n",
    "pkg/sub.py": """
import re
import warnings
from . import VALUE
WORD = re.compile(r"(?P<head>\\w)(\\w*)", re.I)
class Thing:
    def __init__(self, x=3):
        self.x = x
    def __eq__(self, other):
        return type(other) is Thing and other.x == self.x
def double(match):
    return match.group(0) * 2
def broken(match):
    return {}[match.group(0)]
def warn(level=1):
    warnings.warn("from sub", UserWarning, stacklevel=level)
def product(x):
    return x * x
""",
    "pkg/deep/__init__.py": "",
    "pkg/deep/leaf.py": "from ..sub import Thing\nfrom .. import VALUE\n",
    "pkg/data.txt": "some data\n",
    "pkg/deep/more.bin": "\x00\x01more",
    "space/": "",  # without which zipimport sees no namespace before 3.13
    "space/inner.py": "NAME = __name__\n",
    "bad_syntax.py": "def f(:\n    pass\n",
    "failing.py": "import top\ntop.f()\n",
    "chain_a.py": "import chain_b\nA = 1\ndef a():\n    return chain_b.B\n",
    "chain_b.py": "import chain_a\nB = hasattr(chain_a, 'A')\nfrom chain_a import __name__ as other\n",
    "replaced.py": "import sys, types\nm = types.SimpleNamespace(hello='from a namespace')\nsys.modules[__name__] = m\n",
    "pkg/__main__.py": "import sys\nprint('pkg runs as', __name__, __package__, __spec__.name, sys.argv[0], __file__)\n",
    "demo-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.5\nRequires-Dist: other (>=2)\n",
    "demo-1.5.dist-info/RECORD": "pkg/__init__.py,,\ntop.py,,\ndemo-1.5.dist-info/METADATA,,\n",
    "demo-1.5.dist-info/entry_points.txt": "[console_scripts]\ndemo = pkg.sub:product\n\n[demo.plugins]\none = top:f\n",
}

MODULES_SEE = """
import sys
import top, pkg.sub, pkg.deep.leaf, space.inner, json, re, zipfile
def shown(value):
    return sorted(map(repr, value)) if isinstance(value, (set, frozenset)) else repr(value)
NEW = sys.version_info >= (3, 10)  # when zipimport got exec_module, which mainspring's always has; README's table
UNSEEN = set() if NEW else {"_initializing"}
NAMES = ("__name__", "__file__", "__package__", "__cached__", "__path__", "__loader__", "__spec__", "__doc__")
for module in (top, pkg, pkg.sub, pkg.deep, pkg.deep.leaf, space, space.inner, json, re, zipfile, sys.modules["__main__"]):
    print(repr(module), list(vars(module))[:12] if NEW else sorted(vars(module)))
    for name in NAMES:
        print(" ", name, shown(getattr(module, name, "missing")))
    spec = module.__spec__
    for name in ("name", "origin", "cached", "has_location", "parent", "loader_state", "submodule_search_locations"):
        print("   spec", name, shown(getattr(spec, name, "missing")))
    print("   ", sorted(set(vars(spec)) - UNSEEN) if spec else None, type(spec).__name__, spec == spec)
"""

LOADER = """
import sys, zipimport, importlib.abc
import top, pkg.sub, space
for module in (top, pkg, pkg.sub):
    loader, name = module.__loader__, module.__name__
    print(repr(loader), str(loader), isinstance(loader, zipimport.zipimporter), type(loader).__name__, type(loader).__module__, type(loader).__qualname__)
    print(loader.archive, repr(loader.prefix), loader is module.__spec__.loader)
    print(loader.is_package(name), loader.get_filename(name))
    print(loader.get_source(name))
    print(loader.get_code(name).co_filename, loader.get_code(name).co_names)
    print(hasattr(loader, "find_module"), hasattr(loader, "load_module"), hasattr(loader, "get_resource_reader"))
    for wrong in ("none", "pkg.none", ""):
        for method in ("is_package", "get_filename", "get_source", "get_code"):
            try:
                print(method, wrong, getattr(loader, method)(wrong))
            except Exception as error:
                print(method, wrong, type(error).__module__, type(error).__name__, error, getattr(error, "name", None), getattr(error, "path", None))
loader = top.__loader__
print(loader.get_data("pkg/data.txt"), loader.get_data(sys.path[0] + "/pkg/data.txt"))
for wrong in ("none", "", "/none", "pkg", sys.path[0]):
    try:
        print(loader.get_data(wrong))
    except Exception as error:
        print(type(error), error.args, error.filename)
if sys.version_info >= (3, 10):  # before, only mainspring's have it
    print(loader.find_spec("pkg"), loader.find_spec("space"), loader.find_spec("none"))
print(sorted(loader._files)[:3] if sys.version_info < (3, 13) else sorted(loader._get_files())[:3])
made = zipimport.zipimporter(sys.path[0])
print(made, made == loader, made.get_source("top"), made.get_filename("pkg"), sorted(zipimport._zip_directory_cache[sys.path[0]])[:3])
below = zipimport.zipimporter(sys.path[0] + "/pkg")
print(below, below.prefix, below.get_source("sub")[:20], below.is_package("deep"))
for wrong in ("nothing.zip", sys.path[0] + "x", "", __file__ + "c"):
    try:
        print(zipimport.zipimporter(wrong))
    except zipimport.ZipImportError as error:
        print(error)
for method in ("load_module",):
    import warnings
    warnings.simplefilter("ignore")
    if hasattr(loader, method):
        print(getattr(loader, method)("chain_a"), sys.modules["chain_a"].__loader__ is loader)
"""

STATE = """
import sys
import top, pkg.sub, space.inner, json, zipfile
print(sys.path, sys.argv)
print([getattr(f, "__name__", type(f).__name__) for f in sys.meta_path], sys.path_hooks)
print("modules", sorted(set(sys.modules) - {"zlib", "encodings.ascii"}))
print([name for name in sys.modules if name in ("top", "pkg", "pkg.sub", "space", "space.inner", "json", "__main__")])
for path, finder in sorted(sys.path_importer_cache.items()):
    if not path.startswith(json.__path__[0][:-4]):  # whose entries for packages come early; README's table
        print("cache", path, type(finder).__name__)
print(sys.flags, sys.warnoptions, sys.dont_write_bytecode)
print(sorted(globals()), vars(sys.modules["__main__"]) is globals())
import runpy, importlib
print(runpy, runpy.__file__ == sys.modules["runpy"].__spec__.origin, importlib.util, importlib.machinery, importlib.abc if hasattr(importlib, "abc") else None)
print(sorted(vars(runpy)))
print([n for n in ("importlib.util", "importlib.abc", "pkgutil", "runpy", "importlib.machinery") if n in sys.modules])
"""

FEW = """
import sys
print("modules", sorted(set(sys.modules) - {"zlib"}))
import importlib
print(importlib.util.find_spec("top"), importlib.util.find_spec("none"))
print(importlib.util.find_spec("pkg.sub"), importlib.util.find_spec("pkg.none"), "pkg" in sys.modules)
try:
    importlib.util.find_spec("none.none")
except ModuleNotFoundError as error:
    print(error, error.name, error.path)
print(importlib.util.find_spec("space"), importlib.util.find_spec("zipfile").origin, importlib.util.find_spec("json.none"))
"""

INSPECT = """
import inspect, linecache, sys, traceback
import top, pkg.sub, pkg.deep.leaf
for thing in (top, top.f, pkg.sub.Thing, pkg.deep.leaf, pkg.sub.Thing.__init__):
    print(inspect.getsource(thing), inspect.getsourcefile(thing), inspect.getfile(thing), inspect.getmodule(thing), inspect.getmodulename(inspect.getfile(thing)))
print(inspect.getcomments(top.f), inspect.signature(top.f), inspect.getsourcelines(top.f))
print(repr(linecache.getline(top.__file__, 4, vars(top))), repr(linecache.getline(pkg.sub.__file__, 4)), repr(linecache.getline(__file__, 1)))
code = top.f.__code__
print(code.co_filename, code.co_firstlineno, code.co_name, getattr(code, "co_qualname", ""), code.co_consts)
print([getattr(c, "co_filename", None) for c in vars(sys.modules["pkg.sub"])["Thing"].__init__.__code__.co_consts])
try:
    top.f()
except ZeroDivisionError as error:
    traceback.print_exc(file=sys.stdout)
    print(traceback.extract_tb(error.__traceback__))
    stack = error.__traceback__.tb_next
    print(inspect.getframeinfo(stack))
import dis
dis.dis(top.f)
"""

TRACEBACKS = """
import sys, traceback
import re
import pkg.sub
def attempt(f, *args):
    try:
        f(*args)
    except BaseException:
        traceback.print_exc(file=sys.stdout)
attempt(re.sub, "a", pkg.sub.broken, "banana")
attempt(sorted, [1], )
attempt(max, [[1], "a"])
attempt(__import__, "failing")
attempt(__import__, "bad_syntax")
attempt(__import__, "none_such")
attempt(__import__, "pkg.none_such")
attempt(__import__, "top.none_such")
def missing_name():
    from pkg import none_such
attempt(missing_name)
def misspelled():
    import pkg
    pkg.subb
attempt(misspelled)
import json
attempt(json.loads, "{")
import failing
"""

WARNINGS = """
import warnings, sys
import pkg.sub, top
pkg.sub.warn()
pkg.sub.warn(2)
pkg.sub.warn()
def here():
    pkg.sub.warn(2)
here()
here()
warnings.warn_explicit("explicit", UserWarning, top.__file__, 4, module_globals=vars(top))
print(sorted(pkg.sub.__warningregistry__, key=str))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    pkg.sub.warn()
print([(str(w.message), w.filename, w.lineno) for w in said])
import noisy
print(noisy.X)
print(eval("1 is 1"))
"""

PICKLES = """
import copy, copyreg, pickle
import pkg.sub, top, functools
from pkg.deep.leaf import Thing
for thing in (top.f, pkg.sub.Thing, pkg.sub.Thing(5), functools.partial(pkg.sub.product, 3), pkg.sub.WORD):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(thing, protocol)
        print(protocol, data if "partial" not in str(thing) else len(data), pickle.loads(data) == thing)
print(copy.copy(pkg.sub.WORD) is pkg.sub.WORD, copy.deepcopy(pkg.sub.WORD) is pkg.sub.WORD, copy.copy(pkg.sub.Thing(1)).x)
copyreg.pickle(pkg.sub.Thing, lambda thing: (pkg.sub.Thing, (thing.x + 1,)))
print(pickle.loads(pickle.dumps(pkg.sub.Thing(1))).x, Thing is pkg.sub.Thing)
try:
    pickle.dumps(top)
except TypeError as error:
    print(error)
"""

RESOURCES = """
import sys, importlib.resources as resources, warnings
warnings.simplefilter("ignore")
import pkg.deep
if hasattr(resources, "read_text"):
    print(resources.read_text("pkg", "data.txt"), resources.read_binary(pkg.deep, "more.bin"))
    print(resources.is_resource("pkg", "data.txt"), resources.is_resource("pkg", "deep"), resources.is_resource("pkg", "none"))
if hasattr(resources, "contents"):
    print(sorted(resources.contents("pkg")), sorted(resources.contents(pkg.deep)))
if hasattr(resources, "path"):
    with resources.path("pkg", "data.txt") as path:
        print(path.read_text(), path.exists())
    print(path.exists())
if hasattr(resources, "files"):
    top = resources.files("pkg")
    print(top, type(top).__name__, sorted(p.name for p in top.iterdir()), top.is_dir(), (top / "data.txt").is_file())
    print((top / "data.txt").read_text(), (top / "deep" / "more.bin").read_bytes(), (top / "none").is_file())
    with resources.as_file(top / "data.txt") as path:
        print(path.read_text(), type(path).__name__)
    try:
        resources.files("space") and print(sorted(p.name for p in resources.files("space").iterdir()))
    except Exception as error:
        print(type(error), error)
for wrong in ("none", "pkg.sub"):
    try:
        print(resources.open_text(wrong, "data.txt").read())
    except Exception as error:
        print(type(error))
reader = pkg.__loader__.get_resource_reader("pkg")
print(type(reader).__name__, sorted(reader.contents()), reader.is_resource("data.txt"), reader.open_resource("data.txt").read())
"""

METADATA = """
import importlib.metadata as metadata, sys
print(metadata.version("demo"), metadata.requires("demo"), dict(metadata.metadata("demo")))
found = metadata.distribution("demo")
print(found.read_text("METADATA"), found.entry_points, [str(f) for f in found.files])
print(found.locate_file("top.py"), type(found._path).__name__, found._path)
if sys.version_info >= (3, 9):  # fails in 3.8
    print([f.read_text() for f in metadata.files("demo")][1][:10])
points = metadata.entry_points()
points = points.select(group="demo.plugins") if hasattr(points, "select") else points["demo.plugins"]
print([(p.name, p.value, p.load()) for p in points][0][:2])
print(sorted({d.metadata["Name"] for d in metadata.distributions(path=[sys.path[0]])}))
try:
    metadata.version("none-such")
except metadata.PackageNotFoundError as error:
    print(error)
print("demo" in sorted(d.metadata["Name"] or "" for d in metadata.distributions()))
"""

PKGUTIL = """
import pkgutil, sys, warnings
import pkg
print(pkgutil.get_data("pkg", "data.txt"), pkgutil.get_data("pkg.deep", "more.bin"))
print(pkgutil.get_importer(sys.path[0]), pkgutil.get_importer(sys.path[0]) is pkg.__loader__)
print(type(pkgutil.get_importer(sys.path[0] + "/pkg")), pkgutil.get_importer(sys.path[0] + "/pkg"))
print(list(pkgutil.iter_modules([sys.path[0]])))
print(list(pkgutil.iter_modules(pkg.__path__, "pkg.")))
print([m.name for m in pkgutil.walk_packages([sys.path[0]], onerror=print) if m.name != "replaced"])
print([type(i).__name__ for i in pkgutil.iter_importers("pkg.sub")])
if hasattr(pkgutil, "find_loader"):
    warnings.simplefilter("ignore")
    print(pkgutil.find_loader("pkg.sub"), pkgutil.get_loader("top"), pkgutil.find_loader("none"))
if hasattr(pkgutil, "resolve_name"):
    print(pkgutil.resolve_name("pkg.sub:product"), pkgutil.resolve_name("pkg.deep.leaf.VALUE"))
try:
    pkgutil.get_data("pkg", "none")
except OSError as error:
    print(error)
"""

ZIPFILE = """
import copy, pickle, sys, zipfile
ITSELF = sys.path[0]
with zipfile.ZipFile(ITSELF) as archive:
    print(archive.namelist() == [i.filename for i in archive.infolist()], archive.namelist(), len(archive.infolist()))
    print(repr(archive.infolist()[2]), archive.infolist()[1:3], archive.infolist()[-1].filename)
    for info in archive.infolist()[:4]:
        print({name: getattr(info, name, None) for name in info.__slots__ if name not in ("date_time", "_raw_time")})
    print(archive.read("pkg/data.txt"), archive.open("top.py").readline(), archive.testzip(), archive.comment, archive.mode, archive.filename == ITSELF)
    print(archive.getinfo("top.py") is archive.NameToInfo["top.py"], archive.getinfo("top.py") in archive.infolist(), archive.getinfo("top.py") is archive.infolist()[archive.namelist().index("top.py")])
    print("top.py" in archive.NameToInfo, list(archive.NameToInfo) == archive.namelist(), len(archive.NameToInfo), archive.NameToInfo.get("none"), sorted(archive.NameToInfo)[:2])
    print(type(archive.filelist[:]) is list, sum(1 for _ in archive.filelist), archive.filelist.index(archive.getinfo("pkg/sub.py")), bool(archive.filelist), archive.filelist == list(archive.filelist), [*reversed(archive.filelist)][0].filename, (archive.filelist + [])[0].filename)
    print(sorted(archive.filelist, key=lambda i: i.filename)[0].filename, archive.filelist.copy()[0].filename, archive.filelist.count(1), dict(archive.NameToInfo).keys() == archive.NameToInfo.keys(), dict(archive.NameToInfo)["top.py"].filename, {**archive.NameToInfo}["top.py"].filename, archive.NameToInfo.copy()["top.py"].filename)
    try:
        archive.read("none")
    except KeyError as error:
        print(error)
    archive.printdir(file=open("listing", "w"))
    print(archive.extract("pkg/data.txt", "out"), open("out/pkg/data.txt").read())
    archive.extractall("all")
with zipfile.ZipFile(ITSELF) as archive:
    print([*reversed(archive.filelist)][0].filename)
with zipfile.ZipFile(ITSELF) as archive:
    print((archive.filelist + [])[0].filename)
with zipfile.ZipFile(ITSELF) as archive:
    print(archive.filelist.copy()[0].filename, archive.NameToInfo == {}, archive.NameToInfo != {}, repr(archive.NameToInfo)[:40])
with zipfile.ZipFile(ITSELF) as archive:
    print(repr(archive.NameToInfo)[:40], repr(archive.filelist)[:40])
with zipfile.ZipFile(ITSELF) as archive:
    print(([] + archive.filelist)[0].filename, len(archive.filelist * 2), archive.filelist[-1] in archive.filelist, archive.filelist != [], max(archive.filelist, key=lambda i: i.filename).filename)
with zipfile.ZipFile(ITSELF) as archive:
    print(type(pickle.loads(pickle.dumps(archive.NameToInfo))), len(copy.deepcopy(archive.filelist)), len(copy.copy(archive.NameToInfo)), archive.NameToInfo.pop("none", 7))
    archive.filelist.sort(key=lambda i: i.filename); print(archive.namelist()[:3]); del archive.filelist[0]; archive.filelist.reverse(); print(archive.namelist()[:3])
with zipfile.ZipFile(ITSELF) as archive:
    archive.filelist.append(archive.getinfo("top.py")); archive.NameToInfo["new"] = 1; archive.NameToInfo.update(more=2); print(archive.namelist()[-2:], len(archive.NameToInfo), list(archive.NameToInfo)[-2:], [i.filename for i in archive.filelist][0])
    del archive.NameToInfo["top.py"]; print("top.py" in archive.NameToInfo, archive.NameToInfo.get("top.py"), archive.NameToInfo.popitem(), archive.NameToInfo.clear(), len(archive.NameToInfo))
with zipfile.ZipFile(ITSELF) as archive:
    print(archive.filelist == [], archive.filelist.pop().filename, len(archive.filelist), len(archive.namelist()))
with zipfile.ZipFile(ITSELF) as archive:
    print([i.filename for i in sorted(archive.filelist, key=lambda i: i.file_size)][:2], archive.NameToInfo.copy().get("top.py"), dict(archive.NameToInfo)["top.py"], {**archive.NameToInfo}.get("pkg/sub.py"), dict(archive.NameToInfo.items())["top.py"])
with zipfile.ZipFile(ITSELF) as archive:
    print({**archive.NameToInfo}["top.py"].filename, sorted(archive.NameToInfo.values(), key=lambda i: i.filename)[0].filename)
with zipfile.ZipFile(ITSELF) as archive:
    print(dict(archive.NameToInfo)["top.py"].filename, next(iter(archive.NameToInfo.items()))[0])
with zipfile.ZipFile(ITSELF) as archive:
    print(archive.NameToInfo.setdefault("top.py", 3) == 3, archive.NameToInfo.pop("top.py").filename, "top.py" in archive.NameToInfo)
    print(archive.namelist()[0], [x.filename for x in archive.filelist][:3])
    json_like = pickle.loads(pickle.dumps(archive.infolist()[0].filename))
with open(sys.argv[0], "rb") as file, zipfile.ZipFile(file) as archive:
    print(archive.namelist()[:3], archive.read("pkg/data.txt"))
path = zipfile.Path(ITSELF)
print(repr(path), [str(p) for p in path.iterdir()], (path / "pkg").is_dir(), (path / "pkg/data.txt").read_text(), (path / "none").exists())
print(repr(path / "pkg" / "deep"), (path / "pkg" / "deep" / "more.bin").read_bytes(), (path / "space").is_dir(), (path / "top.py").name, str((path / "top.py").parent))
if sys.version_info >= (3, 12):
    print([str(p) for p in path.glob("**/*.txt")], [str(p) for p in path.rglob("*.py")][:3])
try:
    again = pickle.loads(pickle.dumps(path))
    print(repr(again), [str(p) for p in again.iterdir()][:3])
except Exception as error:
    print(type(error), error)
with zipfile.ZipFile("copy.zip", "w") as target, zipfile.ZipFile(ITSELF) as archive:
    for item in archive.infolist():
        target.writestr(item, archive.read(item))
print(zipfile.is_zipfile("copy.zip"), zipfile.is_zipfile(sys.argv[0]), zipfile.ZipFile("copy.zip").testzip(), len(zipfile.ZipFile("copy.zip").filelist))
class Mine(zipfile.ZipFile):
    pass
print(Mine(ITSELF).namelist()[0], len(Mine(ITSELF).filelist), Mine(ITSELF).read("pkg/data.txt"))
"""

LAZY_MOVES = """
import importlib, importlib.abc, importlib.machinery, sys, types
class Moves(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, prefix):
        self.prefix = prefix
    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith(self.prefix):
            asked.append((fullname, path))
            return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname == self.prefix)
    def create_module(self, spec):
        return types.ModuleType(spec.name)
    def exec_module(self, module):
        module.served_by = self.prefix
asked = []
def attempt(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        return f"{type(error).__name__}: {error} {error.name} {error.path}"
for name in ("pkg.moves", "pkg.moves.urllib", "later", "pkg.later"):
    print(attempt(name))
sys.meta_path.append(Moves("pkg.moves"))
print(attempt("pkg.moves"), attempt("pkg.moves.urllib").served_by, attempt("later"))
sys.meta_path.insert(0, Moves("later"))
print(attempt("later").served_by, attempt("pkg.later"))
sys.meta_path.insert(0, Moves("pkg.sub"))
import pkg.sub
print(pkg.sub.served_by, asked)
del sys.modules["pkg.sub"], sys.meta_path[0]
import pkg.sub
print(importlib.import_module("pkg.sub").WORD)
sys.meta_path[:] = [Moves("top")]
import top
print(top.served_by, attempt("json.tool"))
"""

PATHS = """
import importlib, os, pkgutil, sys
def attempt(name):
    try:
        found = importlib.import_module(name)
        return getattr(found, "FROM", None), found.__spec__.origin
    except ImportError as error:
        return f"{type(error).__name__}: {error}"
print(attempt("only_there"), attempt("pkg.extra"), attempt("space.elsewhere"), attempt("colorsys"))
sys.path.append("extra")
print(attempt("only_there"), attempt("space.elsewhere"), attempt("space.inner"), list(sys.modules["space"].__path__), attempt("pkg.extra"))
sys.path.insert(0, "over")
print(attempt("top"), attempt("chunk_like"), attempt("stringprep"), attempt("pkg.sub"))
import pkg
pkg.__path__ = pkgutil.extend_path(pkg.__path__, "pkg")
print(pkg.__path__, attempt("pkg.extra"), attempt("pkg.over_extra"))
archive = sys.path.pop(1)
print(attempt("chain_a"), attempt("pkg.deep"), attempt("filecmp"))
sys.path.append(archive)
importlib.invalidate_caches()
print(attempt("chain_a"), attempt("pkg.deep.leaf"))
sys.path_importer_cache.clear()
print(attempt("failing_not"), attempt("chain_b"), attempt("csv"), attempt("pkg.extra2"))
print(sorted(n for n in sys.path_importer_cache if "t" in n and n.startswith(archive)))
os.mkdir("made"); open("made/fresh.py", "w").write("FROM = 'fresh'")
sys.path.insert(0, "made")
print(attempt("fresh"))
open("made/fresher.py", "w").write("FROM = 'fresher'")
importlib.invalidate_caches()
print(attempt("fresher"), attempt("stringprep"), list(sys.modules["space"].__path__))
sys.path[:] = []
print(attempt("chain_b"), attempt("plistlib"), attempt("zipapp"))
"""

PATH_TREE = {
    "extra/only_there.py": "FROM = 'extra'\n",
    "extra/pkg/__init__.py": "",
    "extra/pkg/extra.py": "FROM = 'extra pkg'\n",
    "extra/space/elsewhere.py": "FROM = 'extra space'\n",
    "over/top.py": "FROM = 'over'\n",
    "over/stringprep.py": "FROM = 'over the library'\n",
    "over/pkg/__init__.py": "",
    "over/pkg/over_extra.py": "FROM = 'over pkg'\n",
}

RELOADS = """
import importlib, json, sys
import top, pkg.sub, textwrap, colorsys
top.VALUE = 5
kept = top.f
print(importlib.reload(top) is top, top.VALUE, top.f is kept, top.__spec__, top.__loader__)
print(importlib.reload(pkg).VALUE, pkg.sub.Thing, importlib.reload(pkg.sub).WORD is pkg.sub.WORD)
print(importlib.reload(json).dumps([1]), importlib.reload(colorsys).__spec__, json.__spec__.origin == json.__file__)
del sys.modules["top"]
import top as other
print(other is top, other.VALUE, other.__file__)
sys.modules["colorsys"] = None
try:
    import colorsys
except ImportError as error:
    print(error)
spec = importlib.util.find_spec("pkg.deep.leaf")
if sys.version_info >= (3, 10):  # before, only mainspring's can do that
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(module, "pkg.deep.leaf" in sys.modules, module.VALUE)
    lazy = importlib.util.find_spec("chain_a")
    lazy.loader = importlib.util.LazyLoader(lazy.loader)
    module = importlib.util.module_from_spec(lazy)
    sys.modules["chain_a"] = module
    lazy.loader.exec_module(module)
    print(type(module).__name__, module.A, type(module).__name__, module.a())
import replaced
print(replaced.hello)
import chain_b
print(chain_b.B, chain_b.other)
library = importlib.util.find_spec("stringprep")
library.loader = importlib.util.LazyLoader(library.loader)
module = importlib.util.module_from_spec(library)
library.loader.exec_module(module)
print(module.in_table_a1("a"), type(module).__name__, module.__loader__)
import runpy
print(sorted(runpy.run_module("top"))[:14], runpy.run_module("pkg.deep.leaf")["VALUE"])
runpy.run_module("pkg", run_name="__main__", alter_sys=True)
"""

THREADS = """
import importlib, threading
names = [f"many.m{n}" for n in range(10)] + ["json", "pkg.sub", "decimal", "csv"]
results = []
start = threading.Barrier(20)
def work(number):
    start.wait()
    for name in names[number % 7:] + names[:number % 7]:
        results.append((name, importlib.import_module(name).__name__))
threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
[t.start() for t in threads]
[t.join() for t in threads]
print(len(results), sorted(set(results)))
import many
print([getattr(many, f"m{n}").COUNT for n in range(10)])
"""

REGULAR = """
import re, sys, patterns
for name in sorted(patterns.ALL):
    p = patterns.ALL[name]
    print(name, repr(p), p.pattern, p.flags, p.groups, p.groupindex, type(p.groupindex).__name__, repr(p.search(patterns.text(p))), p.sub(patterns.text(p)[:1], patterns.text(p)))
    print(p == re.compile(p.pattern, p.flags), re.compile(p) is p, hash(p) == hash(re.compile(p.pattern, p.flags)))
print(re.compile("once") is patterns.once, re.compile("once", re.I) is patterns.once, patterns.once is patterns.ALL["once"], patterns.template)
print(re.sub(r"(a)(?P<b>b)", r"[\\2\\g<b>\\1]", "abab"), re.split("(,)", "a,b"), patterns.scanned)
print(patterns.ALL["named"].scanner("ab1").match(), patterns.ALL["named"].fullmatch("ab1").groupdict(), patterns.ALL["named"].fullmatch("ab1").lastgroup)
before = patterns.once
re.purge()
print(re.compile("once") is before, re.compile("once") == before)
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
try:
    import sre_compile, sre_parse
except ImportError:  # gone in 3.15
    from re import _compiler as sre_compile, _parser as sre_parse
print(sre_compile.compile("x(y)", re.I), sre_compile.isstring("x"), sre_parse.parse("a|b"), len(sre_compile._code(sre_parse.parse("ab"), 0)))
for wrong in ("(", "[a", "(?P<a>x)(?P<a>y)", "*", "(?<=a*)b", "\\\\"):
    try:
        re.compile(wrong)
    except re.error as error:
        print(error, error.pos, error.lineno, error.pattern)
print(patterns.errors)
class Text(str):
    pass
p = re.compile(Text("sub(class)"))
print(type(p.pattern).__name__, p)
print(re.compile("flags", 2), re.compile("flags", re.I | re.M), re.compile("flags", re.RegexFlag(2)) is re.compile("flags", 2))
"""

TEXTS = """
import collections, dataclasses, inspect, pickle, sys, records
from records import Point, Frozen, Pair, Late
print(Point(1), Point(1) == Point(1, [2]), Point(1) < Point(2), repr(Frozen(3)), hash(Frozen(3)) == hash(Frozen(3)))
print(inspect.signature(Point), Point.__init__.__annotations__, Point.__init__.__qualname__, Point.__eq__.__code__.co_filename)
print(Pair(1, 2), Pair(1)._replace(b=5), Pair._fields, inspect.signature(Pair), Pair.__new__.__code__.co_filename, Pair.__new__.__name__)
print(pickle.loads(pickle.dumps(Point(4))), pickle.loads(pickle.dumps(Pair(6))), records.namespace)
for wrong in ("Point()", "Point(1, 2, 3)", "Pair()", "Frozen(1).__setattr__('a', 2)", "Pair(1, 2, 3)"):
    try:
        eval(wrong)
    except Exception as error:
        print(type(error).__name__, error)
print([(kind.__name__, kind("x") if kind is Late else kind(1)) for kind in (Late, dataclasses.make_dataclass("Made", ["x"]))])
def other(name):
    return collections.namedtuple(name, "exec eval")(1, 2), dataclasses.make_dataclass(name, [("exec", int, 5)])()
print(other("Other"), other("Other"), exec is __builtins__.exec, eval("records.Pair") is Pair)
for wrong in (lambda: collections.namedtuple("A", "class"), lambda: dataclasses.make_dataclass("A", ["1"])):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)
exec("print(len(globals()) == len(locals()))")
from multiprocessing import managers
print(managers.ListProxy.append.__qualname__, managers.MakeProxyType("AnyProxy", ("go",)).go.__name__)
"""

RECORDS = """
import collections, dataclasses, typing
from typing import List, NamedTuple
@dataclasses.dataclass(order=True)
class Point:
    x: int
    rest: List[int] = dataclasses.field(default_factory=lambda: [2])
@dataclasses.dataclass(frozen=True)
class Frozen:
    a: "int"
Pair = collections.namedtuple("Pair", "a b", defaults=[2], module="records")
class Late(NamedTuple):
    name: str
namespace = {}
exec("A = 1; B = [A for _ in range(2)]", namespace)
del namespace["__builtins__"]
"""

PATTERNS = """
import re, sys
def text(p):
    return "ab1 \\u00e4 Once\\n" if isinstance(p.pattern, str) else b"ab1 Once\\n"
once = re.compile("once")
ALL = {
    "once": re.compile("once"),
    "i": re.compile("ONCE", re.I), "m": re.compile("^o$|e$", re.M), "s": re.compile("e.", re.S), "x": re.compile("a  b # c", re.X),
    "a": re.compile(r"\\w+", re.A), "u": re.compile(r"\\w+", re.U), "bytes": re.compile(rb"\\w+"), "bytes i": re.compile(b"ONCE", re.I), "l": re.compile(rb"\\w", re.L),
    "all": re.compile("O  N", re.I | re.M | re.S | re.X | re.A), "named": re.compile(r"(?P<first>a)(?P<second>b)(?P<third>\\d)?"),
    "inline": re.compile("(?i)ONCE"), "scoped": re.compile("(?i:O)nce"), "look": re.compile("(?<=a)b(?=1)(?!2)"), "back": re.compile(r"(.)(?P<x>.)(?=.)\\1?(?P=x)?"),
    "cond": re.compile("(a)?b(?(1)1|2)"), "lazy": re.compile("a??b+?1*?"), "class": re.compile("[^\\u0100-\\u0200a-z\\\\d]"), "wide": re.compile("[\\U0001F600-\\U0001F64F\\u00e4]"),
    "one": re.compile("a", 0), "true": re.compile("true", True), "nothing": re.compile(""), "big": re.compile("|".join("w%d" % n for n in range(300))),
}
if sys.version_info >= (3, 11):
    ALL["atomic"] = re.compile("(?>a+)b"); ALL["possessive"] = re.compile("a++b")
nested = re.compile("[[a]b]")
debugged = re.compile("deb(ug)", re.DEBUG)
template = re.sub(r"(a)", r"<\\1>", "banana")
scanned = re.Scanner([(r"\\d+", lambda s, t: int(t)), (r"\\w+", None)]).scan("a1")
errors = []
for wrong in ("(", "[a"):
    try:
        re.compile(wrong)
    except re.error as error:
        errors.append(str(error))
def late():
    return re.compile("la(te)")
late()
"""

# Most of these come back from marshal in another order.
SETS = """
if __name__ == "__main__":
    import sets
import os
for number in {8, 0}:
    print(number)
if "PYTHONHASHSEED" in os.environ:
    for word in {"a", "bb", "ccc", "d", "ee"}:
        print(word)
print(*({1000, 8, 16, 0}), [number for number in {24, 8, 0}])
def late():
    for number in {16, 8, 0}:
        print(number)
late()
"""
NOISY_MEMBERS = {"noisy.py": "X = '\\d'\nassert (X, 'always')\nY = 1 is 1\n"}

TRACED = """
import sys, threading
lines, calls, events = [], [], []
def trace(frame, event, arg):
    name = frame.f_code.co_filename
    if "p.pyz" in name or "colorsys" in name:
        lines.append((name[-12:], frame.f_code.co_name, frame.f_lineno, event))
    return trace
sys.settrace(trace)
import top, pkg.sub, colorsys, space.inner
top.f(1)
pkg.sub.product(2)
sys.settrace(None)
for line in lines:
    print(line)
def profile(frame, event, arg):
    if "p.pyz" in frame.f_code.co_filename:
        calls.append((frame.f_code.co_filename, frame.f_code.co_name, event, getattr(arg, "__name__", None) if event.startswith("c_") else None))
sys.setprofile(profile)
import chain_a, textwrap
pkg.sub.product(2)
sys.setprofile(None)
print(calls)
def hook(event, args):
    if on and (event == "import" or event.startswith(("exec", "marshal", "compile"))):
        first = args[0]
        events.append((event, first if isinstance(first, str) else getattr(first, "co_filename", None) and first.co_filename[-10:]))
on = True
sys.addaudithook(hook)
import pkg.deep.leaf, replaced
on = False
print([e for e in events if e[0] in ("import", "exec")])
import faulthandler
faulthandler.dump_traceback(file=open("dump.pyc", "w+"))
print([line for line in open("dump.pyc").read().splitlines() if "p.pyz" in line])
from trace import Trace
tracer = Trace(count=1, trace=0)
tracer.runfunc(top.f, 2)
print(sorted((k[0][-10:], k[1], v) for k, v in tracer.results().counts.items()))
"""

CHILDREN = """
import os, subprocess, sys
import pkg.sub
program = "import sys, os; print(sys.path[1:], sys.argv, sorted(n for n in sys.modules if 'main' in n), sorted(k for k in os.environ if 'PYTHON' in k or 'SPRING' in k)); import json; print(json.__file__)"
print(subprocess.run([sys.executable, "-c", program, "a"], stdout=subprocess.PIPE).stdout.decode())
print(subprocess.run([sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1]); import top, pkg.sub; print(top.__spec__, pkg.sub.product(3))", sys.argv[0]], stdout=subprocess.PIPE).stdout.decode())
print(subprocess.run([sys.executable, "-c", "import top"], stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}).stderr.decode())
print(subprocess.run([sys.executable, "-c", "import top; print(top)"], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": sys.argv[0]}).stdout.decode())
print(sys.executable, sys.prefix, sorted(k for k in os.environ if "PYTHON" in k or "SPRING" in k))
"""

POOLS = """
import multiprocessing, os, sys
import pkg.sub, pkg.deep.leaf
def main():
    for way in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(way)
        with context.Pool(2) as pool:
            print(way, pool.map(pkg.sub.product, range(5)), pool.apply(pkg.sub.Thing, (4,)).x, pool.apply(os.path.basename, ("a/b",)))
        queue = context.Queue()
        process = context.Process(target=pkg.sub.put, args=(queue,))
        process.start()
        # 3.8 may fail to end its threads in what was forked (tests/test_workers.py)
        print(queue.get(), process.join(), process.exitcode in ((0, -6, -11) if sys.version_info < (3, 9) else (0,)))
        process = context.Process(target=sys.exit, args=(3,))
        process.start(); process.join()
        print(process.exitcode)
if __name__ == "__main__":
    main()
"""
POOL_MEMBERS = {
    "pkg/sub.py": MEMBERS["pkg/sub.py"]
    + "import sys, top\ndef put(queue):\n    import space.inner\n    queue.put((sys.path[-3:], __file__, __name__, repr(__loader__), 'top' in sys.modules, space.inner.NAME))\n    queue.close()\n    queue.join_thread()\n"
}

FUTURES = """
import concurrent.futures, multiprocessing, asyncio
import pkg.sub
async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor() as threads:
        print(await loop.run_in_executor(threads, pkg.sub.product, 4))
    return await asyncio.gather(*(asyncio.sleep(0, n) for n in range(3)))
if __name__ == "__main__":
    print(asyncio.run(main()))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        print(list(pool.map(pkg.sub.product, range(4))))
"""

COLLECTOR = """
import gc, sys
print(gc.get_threshold(), gc.isenabled(), gc.get_debug(), gc.callbacks, gc.garbage)
import many.all, cycles
print(gc.get_threshold(), gc.isenabled(), cycles.threshold_at_import if sys.argv[1:] else "")
cycles.make()
print("before", cycles.ended)
gc.collect()
print("after", sorted(cycles.ended), cycles.weak() is None)
seen = []
gc.callbacks.append(lambda phase, info: seen.append(phase))
gc.collect()
print(seen)
gc.set_threshold(7, 3, 2)
import lazy_gc, json.tool
print(gc.get_threshold(), lazy_gc.X)
"""
CYCLES = """
import gc, weakref
ended = []
class Node:
    def __init__(self, name):
        self.name, self.me = name, self
    def __del__(self):
        ended.append(self.name)
def make():
    Node("made later")
Node("made at import")
node = Node("watched")
weak = weakref.ref(node)
del node
"""
LAZY_GC = "import gc\ngc.set_threshold(11, 5, 4)\nX = gc.get_threshold()\n"

TYPES = """
import dataclasses, enum, io, typing, functools, abc, collections, types
import shapes
print(shapes.Point(1, "a"), shapes.Colour.RED, typing.get_type_hints(shapes.Point), shapes.Pair(1, 2)._asdict(), shapes.area(shapes.Square(2)))
print(shapes.Point.__module__, shapes.Colour.__doc__, shapes.__doc__, shapes.__annotations__ if hasattr(shapes, "__annotations__") else None)
import doctest
print(doctest.testmod(shapes))
import unittest
print(unittest.TestLoader().loadTestsFromName("shapes_test").countTestCases())
print(unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromName("shapes_test")))
import pydoc
print(pydoc.render_doc(shapes, renderer=pydoc.plaintext)[:1500])
import ast, tokenize, io, modulefinder
print(shapes.__loader__.get_source("shapes")[:10])
import timeit, cProfile, pstats
cProfile.run("shapes.area(shapes.Square(3))", "profile.pyc")
print(sorted((f[0][-12:], f[1], f[2]) for f in pstats.Stats("profile.pyc").stats if "pyz" in f[0]))
"""
SHAPES = '''"""Shapes.

>>> Square(2).side
2
"""
import dataclasses, enum, functools, typing, collections
count: int = 0
@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: "typing.Optional[str]" = None
class Colour(enum.Enum):
    """Colours."""
    RED = enum.auto()
Pair = collections.namedtuple("Pair", "a b")
class Square(typing.NamedTuple):
    side: int
@functools.singledispatch
def area(shape):
    raise TypeError
@area.register
def _(shape: Square):
    return shape.side ** 2
'''
SHAPES_TEST = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(1, 1)\n    def test_b(self):\n        self.fail('no')\n"

MANY = {
    "many/__init__.py": "",
    "many/all.py": "".join(f"from . import m{n}\n" for n in range(120)),
    **{f"many/m{n}.py": f"COUNT = {n}\n" for n in range(120)},
}

# Modules that are imported by several threads while others are half done. Each waits for what it would wait for.

LOCKS = """
import _imp, os, sys, threading, time
import many.all
import slow
slow.thread.join()
print(slow.DONE, slow.seen, _imp.lock_held())
for number in range(2):
    try:
        import fails
    except ZeroDivisionError:
        print("fails", "fails" in sys.modules)
thread = threading.Thread(target=lambda: print(__import__("after").VALUE))
thread.start(); thread.join()
import crossed_a
crossed_a.thread.join()
print(sorted(crossed_a.said))
import first_half
print(first_half.said)
if hasattr(os, "fork"):
    import forks
import gc
gc.collect()
print(sorted(__import__("importlib")._bootstrap._module_locks))
"""
LOCKED = {
    # A thread that wants a module which is being imported waits until that is over.
    "slow.py": """
import threading, time
seen = []
def want():
    import slow
    seen.append(hasattr(slow, "DONE"))
    print("thread", hasattr(slow, "DONE"))
thread = threading.Thread(target=want)
thread.start()
time.sleep(0.3)
import circle_a
from many import m1
DONE = True
""",
    "circle_a.py": "import circle_b\nA = 1\n",
    "circle_b.py": "import circle_a\nB = hasattr(circle_a, 'A')\nimport many.m2\n",
    "fails.py": "import circle_a\n1 / 0\n",
    "after.py": "import circle_a\nVALUE = 7\n",
    # Two threads that want what the other one imports: one of them goes on with half a module.
    "crossed_a.py": """
import threading, time
said = []
def other():
    import crossed_b
    said.append(("b", hasattr(crossed_b, "DONE")))
thread = threading.Thread(target=other)
thread.start()
time.sleep(0.3)
import crossed_b
said.append(("a", True))
DONE = True
""",
    "crossed_b.py": "import time\ntime.sleep(0.6)\nimport crossed_a\nDONE = True\n",
    # The main thread waits for a thread, too.
    "first_half.py": """
import threading, time
said = []
def other():
    import second_half
thread = threading.Thread(target=other)
thread.start()
time.sleep(0.2)
import second_half
said.append(hasattr(second_half, "DONE"))
thread.join()
""",
    "second_half.py": "import time\ntime.sleep(0.5)\nDONE = True\n",
    "forks.py": """
import os, sys
child = os.fork()
if not child:
    import forks, circle_a, many.m3, colorsys
    os._exit(hasattr(forks, "DONE") * 2 + circle_a.A)
print(os.waitpid(child, 0)[1])
DONE = True
""",
}

# What a program may do to itself and to what is under it.

TOUCHED = """
import os, sys
mode = os.stat(sys.argv[0]).st_mode
os.chmod(sys.argv[0], 0o755)
import top
print(top, top.__loader__.get_data("pkg/data.txt"))
os.rename(sys.argv[0], "other.pyz")
os.rename("other.pyz", sys.argv[0])
import colorsys, pkg.sub
print(pkg.sub, pkg.__loader__.get_source("pkg"))
os.chmod(sys.argv[0], mode)
"""

COMMENTED = """
import shutil, sys, zipfile
before = open(sys.argv[0], "rb").read()
for _ in range(2):
    with zipfile.ZipFile(sys.argv[0], "a") as itself:
        itself.comment += b"x"
    with zipfile.ZipFile(sys.path[0]) as itself:
        print(itself.comment, len(itself.namelist()), itself.read("pkg/data.txt"))
with open(sys.argv[0], "r+b") as itself:
    itself.write(before)
    itself.truncate()
"""

PATCHED_MODULES = """
import importlib, sys
importlib.util.find_spec = lambda name: "mine"
print(importlib.util.find_spec("x"), importlib.util.__name__)
for name in ("runpy", "importlib.util", "importlib.machinery", "pkgutil", "types"):
    module = sys.modules.get(name)
    if module is not None and hasattr(module, "__all__"):
        print(name, vars(module)["__name__"])
if "runpy" in sys.modules:
    del sys.modules["runpy"].run_path
    print(hasattr(sys.modules["runpy"], "run_path"), hasattr(sys.modules["runpy"], "run_module"))
"""

PATCHED_SYSTEM = """
import os
def never(*arguments, **more):
    raise RuntimeError("not this one")
os.{} = never
import top, pkg.sub
print(top, pkg.sub)
"""

KINDS = "import re\nTEXT, BYTES = re.compile('(x)y'), re.compile(b'(x)y')\n"
BOTH_KINDS = "import kinds\nprint(kinds.TEXT.match('xy'), kinds.BYTES.match(b'xy'), kinds.TEXT, kinds.BYTES)\n"

IMPORTER_CLASS = """
import copy, pickle, sys, zipimport
import pkg.sub
for loader in (__loader__, pkg.sub.__loader__):
    kind = type(loader)
    made = kind(sys.path[0])
    print(made, made.archive, made.get_source("top"), type(made).__name__)
    for other in (pickle.loads(pickle.dumps(loader)), copy.copy(loader), copy.deepcopy(loader)):
        print(other, repr(other.archive), repr(other.prefix), other.get_source("top") if not other.prefix else "")
"""

MEMORY = """
import sys, zipimport
memory, path = zipimport._zip_directory_cache, sys.path[0]
print(path in memory, "other" in memory, len(memory), list(memory), memory.get("other"))
print(sorted(memory.get(path))[:2], [sorted(found)[:2] for found in memory.values()], [name for name, _ in memory.items()])
"""


AGAIN = """
import runpy, sys
print(__name__, __file__, __spec__, __loader__)
if __name__ == "__main__":
    print(sorted(runpy.run_path(sys.argv[0], run_name="again")), sys.path)
    import other_main, __main__
    print(__main__.__spec__, other_main.X)
"""

# What gevent does in the middle of an import: threads have other names from then on, and so have those who hold locks.
PATCHED = """
import many.all
import patching
print(patching.sub.X, __import__("importlib")._bootstrap._module_locks)
"""
PATCHING = {
    "patching/__init__.py": """
import gc, importlib._bootstrap as bootstrap, _thread
for thing in gc.get_objects():
    if isinstance(thing, bootstrap._ModuleLock) and thing.owner is not None:
        thing.owner = 42
_thread.get_ident = lambda: 42
from . import sub
""",
    "patching/sub.py": "import patching\nX = 1\n",
}

# As many as under python: a chain of imports may be as long.
FRAMES = """
import one
print(one.FRAMES)
"""
COUNTED = """
import sys
def count():
    frame, number = sys._getframe(1), 0
    while frame.f_globals["__name__"] != "__main__":
        frame, number = frame.f_back, number + 1
    return number
"""
FRAMED = {
    "one.py": COUNTED + "import two\nFRAMES = count(), two.FRAMES\n",
    "two.py": COUNTED + "FRAMES = count()\n",
}

# Who looks for the module that imports it goes past the import system's frames, by the names of their modules.
IMPORTED_BY = """
import sys
seen, frame = [], sys._getframe()
while frame.f_globals is not vars(sys.modules["__main__"]):
    seen.append((frame.f_code.co_name, frame.f_code.co_filename, frame.f_globals["__name__"]))
    frame = frame.f_back
"""
IMPORTERS = """
import imported
print(*imported.seen, sep="\\n")
import sys
import importlib._bootstrap as one, importlib._bootstrap_external as two
for module in (sys.modules["_frozen_importlib"], sys.modules["_frozen_importlib_external"], one, two):
    print(module.__name__, module.__package__, module.__file__, module.__spec__.name)
"""

PROGRAMS = [
    Program("who imports a module", IMPORTERS, {"imported.py": IMPORTED_BY}, since=(3, 10)),
    Program("what a module sees of itself", MODULES_SEE),
    Program("what a loader says of itself", LOADER),
    Program("the state of sys", STATE),
    Program("the state of sys in the beginning, and specs by name", FEW),
    Program("sources of the program", INSPECT),
    Program("tracebacks through the program and the library", TRACEBACKS, status=1),
    Program("warnings and their places", WARNINGS, NOISY_MEMBERS),
    Program(
        "warnings that are errors",
        "import pkg.sub\ntry:\n    pkg.sub.warn(2)\nexcept UserWarning as e:\n    print(e)\nimport noisy\n",
        NOISY_MEMBERS,
        options=["-W", "error"],
        status=1,
    ),
    Program("warnings that are ignored", WARNINGS, NOISY_MEMBERS, options=["-W", "ignore"]),
    Program("pickles of modules", PICKLES),
    Program("resources", RESOURCES),
    Program("the metadata of a distribution", METADATA),
    Program("pkgutil", PKGUTIL),
    Program("zipfile on the running archive", ZIPFILE),
    Program("importers that come later", LAZY_MOVES),
    Program("paths that change", PATHS, tree=PATH_TREE),
    Program(
        "a directory that shadows the library",
        "import json, top, colorsys, sys\nprint(json, top, colorsys.FROM, sys.path)\n",
        tree={
            "d/colorsys.py": "FROM = 'd'\n",
            "d/top.py": "raise SystemError\n",
            "d/json/__init__.py": "print('my json')\n",
        },
        env={"PYTHONPATH": "d"},
    ),
    Program("modules that are loaded again, lazily and by runpy", RELOADS),
    Program("itself again", AGAIN, {"other_main.py": "from __main__ import __file__ as X\n"}),
    Program("imports in threads", THREADS, MANY),
    Program("threads that get other names", PATCHED, {**MANY, **PATCHING}),
    Program("frames between modules", FRAMES, FRAMED, since=(3, 10)),
    Program("locks of modules", LOCKS, {**MANY, **LOCKED}, since=(3, 10)),
    Program("regular expressions", REGULAR, {"patterns.py": PATTERNS}),
    Program(
        "regular expressions that warn, as errors",
        "import patterns\n",
        {"patterns.py": PATTERNS},
        options=["-W", "error"],
        status=1,
    ),
    Program("texts that are executed", TEXTS, {"records.py": RECORDS}),
    Program(
        "texts that are executed, with errors for warnings", TEXTS, {"records.py": RECORDS}, options=["-W", "error"]
    ),
    Program("tracing, profiling, auditing", TRACED),
    Program("children of their own", CHILDREN),
    Program("workers", POOLS, POOL_MEMBERS, needs="posix"),
    Program("executors", FUTURES),
    Program("the garbage collector", COLLECTOR, {**MANY, "cycles.py": CYCLES, "lazy_gc.py": LAZY_GC}),
    Program("classes and tests of modules", TYPES, {"shapes.py": SHAPES, "shapes_test.py": SHAPES_TEST}),
    Program(
        "developer mode",
        STATE + "import pkg.sub\npkg.sub.warn(2)\nopen(__file__[:0] + 'x', 'w')\n",
        options=["-X", "dev"],
    ),
    Program("no docstrings", "import top, pkg.sub\nprint(top.__doc__, __debug__)\nassert 0\n", options=["-OO"]),
    Program("isolation", STATE, options=["-I"]),
    Program("no bytecode", STATE, options=["-B"]),
    Program("another mode and name of itself", TOUCHED, needs="posix"),
    Program("another comment of itself", COMMENTED),
    Program("changes to modules that nobody looked into", PATCHED_MODULES),
    *[
        Program(f"another os.{name}", PATCHED_SYSTEM.format(name))
        for name in ("stat", "open", "read", "close", "fstat")
    ],
    Program("another os.getpid", PATCHED_SYSTEM.format("getpid"), needs="posix"),
    Program("another environment", "import os\nos.environ = None\nimport top, json\nprint(top)\n"),
    Program("expressions of both kinds", BOTH_KINDS, {"kinds.py": KINDS}, options=["-bb"]),
    Program("the importer as a class", IMPORTER_CLASS),
    Program("the memory of zipimport", MEMORY),
    Program("constant sets", SETS, {"sets.py": SETS}),
    Program("constant sets of text", SETS, {"sets.py": SETS}, env={"PYTHONHASHSEED": "3"}),
    Program(
        "lazy imports",
        "import json, sys, top\nprint(json.dumps(top.VALUE))\n"
        "print([name for name in getattr(sys, 'lazy_modules', ()) if 'mainspring' in name])\n",
        env={"PYTHON_LAZY_IMPORTS": "all"},
    ),
    Program(
        "a limit of digits", "import sys\nprint(sys.get_int_max_str_digits())\n", env={"PYTHONINTMAXSTRDIGITS": "0"}
    ),
]
