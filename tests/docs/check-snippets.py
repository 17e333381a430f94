#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Compiles and runs the code in the texts.

In Markdown the first line of a fenced block is its kind:

  c NAME, python NAME, …   a complete program, written to a file of that name for "sh run"
  sh run                   commands, run one by one; each must print the block "text" after them
  sh packages, sh prefix   how to install, followed to the letter by the parts of .ci that have a bare Debian
  c good                   code that must be in src/, ignoring white space
  c bad                    a counter-example, not compiled

In a chapter of the manual a programlisting with the role "program" is compiled and run, and must
print the screen with the role "output" after it; with the role "project" it is a meson.build that
must configure. All other C, also in the comments of the sources, is a fragment: it must compile
inside a function, with the variables pool, bytes and user_input.
"""

import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import tap

Snippet = namedtuple("Snippet", "where language kind name text expected")

FRAGMENT = """
#include <intern-glib.h>

extern InternPool *pool;
extern GBytes *bytes;
extern const char *user_input;

static void
fragment (void)
{
%s
}
"""

FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$(?:\s*[^\n`]*\s*^```text\n(.*?)^```$)?", re.M | re.S)
LISTING = re.compile(
    r'<programlisting language="(\w+)"(?: role="(\w+)")?>(.*?)</programlisting>'
    r'(?:\s*<screen role="output">(.*?)</screen>)?',
    re.S,
)
COMMENT_CODE = re.compile(r'^ \* \|\[<!-- language="C" -->\n(.*?)^ \* \]\|', re.M | re.S)


def line_of(text, match):
    return text.count("\n", 0, match.start()) + 1


def from_markdown(path, text):
    for match in FENCE.finditer(text):
        language, word, code, expected = match.groups()
        kind = word if word in ("run", "packages", "prefix", "good", "bad") else "program" if word else "fragment"
        yield Snippet(f"{path.name}:{line_of(text, match)}", language, kind, word, code, expected)


def from_chapter(path, text):
    for match in LISTING.finditer(text):
        language, role, code, expected = match.groups()
        if "<xi:include" in code:
            continue  # a file of doc/examples, which has tests of its own
        cdata = re.fullmatch(r"\s*<!\[CDATA\[\n?(.*?)\]\]>\s*", code, re.S)
        code = cdata.group(1) if cdata else html.unescape(code)
        expected = html.unescape(expected) if expected is not None else None
        where = f"{path.name}:{line_of(text, match)}"
        yield Snippet(where, language.lower(), role or "fragment", None, code, expected)


def from_comments(path, text):
    for match in COMMENT_CODE.finditer(text):
        code = re.sub(r"^ \* ?", "", match.group(1), flags=re.M)
        yield Snippet(f"{path.name}:{line_of(text, match)}", "c", "fragment", None, code, None)


def collect(root):
    readers = [(from_markdown, sorted(root.glob("*.md"))),
               (from_chapter, sorted(root.glob("doc/*.xml"))),
               (from_comments, sorted(root.glob("src/pool/*.c")) + sorted(root.glob("include/*.h")))]
    for reader, paths in readers:
        for path in paths:
            yield from reader(path, path.read_text(encoding="utf-8"))


class Runner:
    """Runs commands in a temporary folder with the library of the build tree."""

    COMPILE = {
        "c": 'cc -Wall -Wextra -Wno-unused-parameter -Werror "$0" -o program '
             "$(pkg-config --cflags --libs intern-glib-1)",
        "vala": 'valac --pkg intern-glib-1 "$0" -o program',
    }
    RUN = {"c": "./program", "vala": "./program", "python": 'python3 "$0"', "js": 'gjs "$0"', "javascript": 'gjs "$0"'}
    SUFFIX = {"c": "c", "vala": "vala", "python": "py", "js": "js", "javascript": "js"}
    NEEDS = {"valac": "introspection/intern-glib-1.vapi",
             "gjs": "introspection/Intern-1.typelib",
             "python3": "introspection/Intern-1.typelib"}

    def __init__(self, folder, source_root, build_root):
        self.folder = folder
        self.source_root = source_root
        self.build_root = build_root
        self.env = dict(os.environ)
        self.env["PKG_CONFIG_PATH"] = str(build_root / "meson-uninstalled")
        # Without an installation headers are in two folders.
        self.env["C_INCLUDE_PATH"] = f"{source_root / 'include'}:{build_root / 'include'}"
        self.env["LD_LIBRARY_PATH"] = str(build_root / "src")
        self.env["PATH"] = f"{folder / 'bin'}:{self.env['PATH']}"
        self.env["XDG_DATA_DIRS"] = f"{folder / 'share'}:/usr/local/share:/usr/share"
        self.provide()

    def provide(self):
        """Provides the python3 with gi, which may not be the first on PATH, and the Vala bindings."""
        vapi = self.folder / "share/vala/vapi"
        vapi.mkdir(parents=True)
        # Meson builds them in two folders and installs them into one.
        for name in ("introspection/intern-glib-1.vapi", "meson-private/intern-glib-1.deps"):
            made = self.build_root / name
            if made.exists():
                (vapi / made.name).symlink_to(made)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/python3").symlink_to(sys.executable)

    def missing(self, command):
        """The missing program or file that a command needs, or None."""
        program = command.split()[0]
        if shutil.which(program, path=self.env["PATH"]) is None:
            return f"no {program}"
        needed = self.NEEDS.get(program)
        if needed and not (self.build_root / needed).exists():
            return f"no {needed}"
        return None

    def missing_module(self, snippet):
        """The module that a Python program imports and that is not installed, or None."""
        for name in re.findall(r"^import (\w+)$", snippet.text, re.M):
            if importlib.util.find_spec(name) is None:
                return f"no {name}"
        return None

    def shell(self, command, *args):
        return subprocess.run(["sh", "-ec", command, *args], cwd=self.folder, env=self.env,
                              capture_output=True, encoding="utf-8", timeout=120)

    def problems(self, command, args, expected):
        done = self.shell(command, *args)
        if done.returncode != 0:
            return [f"{command}: exit status {done.returncode}", done.stdout, done.stderr]
        if expected is not None and done.stdout != expected:
            return [f"{command} printed", done.stdout, "instead of", expected]
        return []

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def check_program(runner, results, snippet):
    name = snippet.name or f"snippet.{Runner.SUFFIX[snippet.language]}"
    title = f"{snippet.where} {snippet.language} program"
    runner.write(name, snippet.text)

    missing = runner.missing_module(snippet) if snippet.language == "python" else None
    if missing:
        return results.skip(title, missing)

    commands = [table[snippet.language] for table in (Runner.COMPILE, Runner.RUN) if snippet.language in table]
    missing = runner.missing(commands[0])
    if missing:
        return results.skip(title, missing)

    problems = []
    for command in commands:
        expected = snippet.expected if command == Runner.RUN[snippet.language] else None
        problems = problems or runner.problems(command, [name], expected)
    return results.result(title, problems)


def check_run(runner, results, snippet):
    for command in snippet.text.splitlines():
        title = f"{snippet.where} {command}"
        missing = runner.missing(command)
        if missing:
            results.skip(title, missing)
        else:
            results.result(title, runner.problems(command, [], snippet.expected))


def check_fragment(runner, results, snippet):
    if snippet.language != "c":
        return
    name = runner.write("fragment.c", FRAGMENT % snippet.text)
    command = 'cc -fsyntax-only -Wall -Werror -Wno-unused "$0" $(pkg-config --cflags intern-glib-1)'
    results.result(f"{snippet.where} fragment compiles", runner.problems(command, [name], None))


def check_project(runner, results, snippet):
    """Configures a project that uses this one as a subproject, even if the library is installed."""
    title = f"{snippet.where} project configures"
    if shutil.which("meson") is None:
        return results.skip(title, "no meson")
    project = runner.folder / "project"
    (project / "subprojects").mkdir(parents=True)
    (project / "subprojects/intern-glib").symlink_to(runner.source_root)
    (project / "meson.build").write_text(snippet.text, encoding="utf-8")
    (project / "hello.c").write_text("int main (void) { return 0; }\n", encoding="utf-8")
    # Of this library alone: the system has the ones that it needs itself.
    command = "meson setup --wrap-mode=nodownload --force-fallback-for=intern-glib project/_build project"
    return results.result(title, runner.problems(command, [], None))


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def check_good(runner, results, snippet):
    wanted = squeeze(snippet.text)
    found = any(wanted in squeeze(path.read_text(encoding="utf-8")) for path in runner.source_root.glob("src/*/*.[ch]"))
    results.result(f"{snippet.where} is code of the library", [] if found else ["not found in src/"])


CHECKS = {"program": check_program, "run": check_run, "fragment": check_fragment,
          "project": check_project, "good": check_good}


def check_self(runner, results):
    """The checks report wrong snippets and accept the last one, which is right."""
    class Probe(tap.Tap):
        def result(self, name, problems):
            self.failed += bool(problems)

    probe = Probe()
    main = "#include <intern-glib.h>\nint main (void) { %s }\n"
    for kind, text in (("program", main % "return 3;"), ("program", main % "intern_no_such_call ();"),
                       ("program", main % 'g_print ("no\\n");'), ("fragment", "intern_no_such_call ();"),
                       ("good", "not in src"), ("program", main % 'g_print ("yes\\n");')):
        CHECKS[kind](runner, probe, Snippet("self", "c", kind, None, text, "yes\n"))
    results.result("the checks report five wrong snippets and accept a right one",
                   [] if probe.failed == 5 else [f"{probe.failed} were reported"])


def main():
    roots = tap.parse_roots()
    results = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder), roots.source_root.resolve(), roots.build_root.resolve())
        check_self(runner, results)
        for snippet in collect(roots.source_root):
            if snippet.kind in CHECKS:
                CHECKS[snippet.kind](runner, results, snippet)
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
