# SPDX-License-Identifier: LGPL-2.1-or-later

"""Prints the folder below a prefix where Python looks for GObject Introspection overrides."""

import os
import sys
import sysconfig


def packages_dir(prefix):
    # The folder on sys.path, or the one that Python would use by default.
    for path in sys.path:
        if path.startswith(prefix + "/") and path.endswith("-packages"):
            return path
    name = os.path.basename(sysconfig.get_path("purelib"))
    return f"{prefix}/lib/python{sysconfig.get_python_version()}/{name}"


def overrides_dir(prefix):
    try:
        import gi
    except ImportError:
        gi = None
    if gi is not None and gi._overridesdir.startswith(prefix + "/lib/python"):
        return gi._overridesdir
    return os.path.join(packages_dir(prefix), "gi", "overrides")


print(overrides_dir(sys.argv[1].rstrip("/")))
