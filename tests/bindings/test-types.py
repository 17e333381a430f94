# SPDX-License-Identifier: LGPL-2.1-or-later

"""The type stubs say what the override does: every name and every signature."""

import os
import sys

try:
    from mypy import stubtest
except ImportError:
    print("SKIP: no mypy")
    sys.exit(77)

import gi

gi.require_version("Intern", "1")
# It loads the override, which cannot be imported by itself.
from gi.repository import GLib, Intern

# stubtest tries to derive from each class, and GObject says by a critical that these are final.
GLib.log_set_always_fatal(GLib.LogLevelFlags.LEVEL_ERROR)

here = os.path.dirname(os.path.abspath(__file__))
os.environ["MYPYPATH"] = os.path.join(here, "../../introspection")
options = ["--mypy-config-file", os.path.join(here, "mypy.ini")]
if gi.version_info >= (3, 51):
    # Its calls tell their signatures, so that most of what is allowed is not needed.
    options.append("--ignore-unused-allowlist")
sys.exit(stubtest.test_stubs(stubtest.parse_options([
    *options,
    "--allowlist", os.path.join(here, "stubtest-allowed.txt"),
    "gi.overrides.Intern",
])))
