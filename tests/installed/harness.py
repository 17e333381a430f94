# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the tests of an installation share."""

import os
import subprocess


def install(build_root, stage):
    """Installs into the folder @stage, which the paths of the installation follow."""
    subprocess.run(['meson', 'install', '-C', build_root, '--no-rebuild', '--quiet', '--destdir', stage], check=True,
                   stdout=subprocess.DEVNULL)


def only(stage, suffix):
    """The one file of the installation whose path ends so."""
    found = [os.path.join(folder, name) for folder, _folders, names in os.walk(stage) for name in names
             if os.path.join(folder, name).endswith(suffix)]
    assert len(found) == 1, (suffix, found)
    return found[0]
