# SPDX-License-Identifier: LGPL-2.1-or-later

"""A script that runs without the override of its language is warned, once; others are not."""

import os
import shutil
import subprocess
import sys
import unittest

PYTHON = """
import sys
import gi
{hide}
gi.require_version("Intern", "1")
from gi.repository import Intern
pool = Intern.Pool()
pool.{call}("hello")
pool.intern("hello")
Intern.Pool().intern("hello")
"""
HIDE = 'sys.modules["gi.overrides.Intern"] = None'

JAVASCRIPT = """
imports.gi.versions.Intern = '1';
const {{Intern}} = imports.gi;
const pool = new Intern.Pool();
pool.{call}('hello');
pool.intern('hello');
new Intern.Pool().intern('hello');
"""


def messages_of(command, environment=None):
    """Returns what a program writes to standard error, by line."""
    result = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, check=True,
                            timeout=60, env={**os.environ, **(environment or {})})
    return [line for line in result.stderr.splitlines() if line]


def python(hide, call="intern"):
    return messages_of([sys.executable, "-c", PYTHON.format(hide=hide, call=call)])


def gjs(call="intern", environment=None):
    return messages_of(["gjs", "-c", JAVASCRIPT.format(call=call)], environment)


class TestOverride(unittest.TestCase):
    def assert_warning(self, messages, *parts):
        self.assertEqual(len(messages), 1, messages)
        for part in ("Intern-WARNING", *parts):
            self.assertIn(part, messages[0])

    def test_python_without_its_override_is_warned_once(self):
        for call in "intern", "lookup":
            self.assert_warning(python(HIDE, call), "gi/overrides/Intern.py", "PYTHONPATH")

    def test_python_with_its_override_is_not_warned(self):
        for call in "intern", "lookup":
            self.assertEqual(python("", call), [])

    # The class behind the override has the call for bindings.
    def test_python_that_bypasses_its_override_is_not_warned(self):
        self.assertEqual(python("", "__class__.__base__.intern(pool, 'x') and pool.intern"), [])

    @unittest.skipUnless(shutil.which("gjs"), "no gjs")
    def test_gjs_without_its_override_is_warned_once(self):
        hidden = {"GJS_PATH": "", "XDG_DATA_DIRS": "/nonexistent", "XDG_DATA_HOME": "/nonexistent"}
        for call in "intern", "lookup":
            self.assert_warning(gjs(call, hidden), "gjs-1.0/overrides/Intern.js", "XDG_DATA_DIRS")

    @unittest.skipUnless(shutil.which("gjs"), "no gjs")
    def test_gjs_with_its_override_is_not_warned(self):
        for call in "intern", "lookup":
            self.assertEqual(gjs(call), [])

    def test_a_language_without_an_override_is_not_warned(self):
        lua = shutil.which("lua5.3") or shutil.which("lua")
        find_lgi = [lua, "-e", "require 'lgi'"]
        if lua is None or subprocess.run(find_lgi, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no Lua with lgi")
        script = "local pool = require('lgi').require('Intern', '1').Pool() pool:intern('x') pool:lookup('x')"
        self.assertEqual(messages_of([lua, "-e", script]), [])


unittest.main()
