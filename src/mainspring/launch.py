# Under -x, python leaves out the first line of the file that it is given.
"""Starts mainspring under an interpreter that need not have it: `python [options] .../launch.py words...`.

The package that this file lies in is entered by its place, and nothing beside it can be imported by way of that. From
there on it is as with the console script.
"""

import _frozen_importlib
import _frozen_importlib_external
import os

_HERE = os.path.dirname(os.path.abspath(__file__))
_frozen_importlib._load(  # type: ignore[attr-defined]
    _frozen_importlib_external.spec_from_file_location(
        "mainspring", os.path.join(_HERE, "__init__.py"), submodule_search_locations=[_HERE]
    )
)

from mainspring import main  # noqa: E402

main(exit_follows=False)
