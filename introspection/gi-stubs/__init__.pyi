# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Without this file mypy would know of no other namespace than Intern. The stubs of PyGObject
# (pygobject-stubs) take precedence where they are installed: PEP 561 merges stub packages.

from typing import Any

def __getattr__(name: str) -> Any: ...
