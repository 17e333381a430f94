# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks the names and signatures of the type stubs against the module as Python sees it."""

import os
import sys
import tempfile

try:
    from mypy import stubtest
except ImportError:
    print("SKIP: no mypy")
    sys.exit(77)

import gi

gi.require_version("Intern", "1")
# This loads the override, which cannot be imported directly.
from gi.repository import GLib, Intern

# stubtest subclasses each class, and for these final ones GObject emits a critical.
GLib.log_set_always_fatal(GLib.LogLevelFlags.LEVEL_ERROR)

here = os.path.dirname(os.path.abspath(__file__))
options = ["--mypy-config-file", os.path.join(here, "mypy.ini")]
if gi.version_info >= (3, 51):
    # Its functions have signatures, so that most of the allowlist is not needed.
    options.append("--ignore-unused-allowlist")
with tempfile.TemporaryDirectory() as folder:
    # mypy finds a package whose name ends in -stubs only where Python has its packages.
    os.symlink(os.path.join(here, "../../introspection/gi-stubs"), os.path.join(folder, "gi"))
    os.environ["MYPYPATH"] = folder
    sys.exit(stubtest.test_stubs(stubtest.parse_options([
        *options,
        "--allowlist", os.path.join(here, "stubtest-allowed.txt"),
        "gi.repository.Intern",
    ])))
