# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Without this file mypy would report every other namespace as missing. The package is partial: as PEP 561 says, mypy
# looks in other packages, such as pygobject-stubs, for the modules that this one lacks.

from typing import Any

def __getattr__(name: str) -> Any: ...
