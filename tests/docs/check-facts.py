#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that the files, commands, options, suites, versions and symbols in the texts exist."""

import re
import sys

import tap

CODE_SUFFIXES = (".c", ".h", ".in", ".py", ".md", ".txt", ".xml", ".build", ".supp", ".metadata")
# Options of Meson itself that the texts use.
MESON_OPTIONS = {"buildtype"}
SUITE = r"suite'?: [^\n]*'%s'"
HEADERS_OF_BUILD = {"config.h"}


class Tree:
    """The source tree, and the names in it that a text may use."""

    def __init__(self, root):
        self.root = root
        self.meson = self.read("meson.build")
        self.options = dict(re.findall(r"option\('(\w+)'.*?value: '?(\w*)", self.read("meson_options.txt"), re.S))
        self.sources = self.join("src/*/*.[ch]", "include/*.h*")
        self.meson_files = self.join("tests/**/meson.build", "doc/**/meson.build")
        self.words = set(re.findall(r"\w+", self.sources))

    def read(self, name):
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def join(self, *patterns):
        return "".join(path.read_text(encoding="utf-8")
                       for pattern in patterns for path in sorted(self.root.glob(pattern)))

    def has_file(self, name):
        return any((self.root / folder / name).exists() for folder in (".", "src")) or name in HEADERS_OF_BUILD

    def version(self):
        return re.search(r"version: '([\d.]+)'", self.meson).group(1)


def names_file(token):
    if not re.fullmatch(r"\.?\w[\w.+-]*(/[\w.+-]*)*", token) or token.startswith("_build") or token in CODE_SUFFIXES:
        return False
    return "/" in token or token.endswith(CODE_SUFFIXES)


def in_tree(tree, name):
    """A folder of the tree, not one of an installation."""
    return (tree.root / name.split("/")[0]).exists()


def check_files(tree, text):
    named = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    named += re.findall(r"\]\((?!\w+:)([^)#]+)\)", text)
    named += [name for name in re.findall(r"<filename>(\w[^<]*)</filename>", text) if in_tree(tree, name)]
    return [f"no file {name}" for name in named if names_file(name) and not tree.has_file(name)]


def check_versions(tree, text):
    problems = [f"{found} is not the version" for found in re.findall(r"(?<!GLib )\b\d+\.\d+\.\d+\b", text)
                if found != tree.version()]
    for name, pattern in (("GLib", r"glib_version = '([\d.]+)'"),
                          ("Meson", r"meson_version: '>= ([\d.]+)'"),
                          ("xxHash", r"libxxhash', version: '>= ([\d.]+)'")):
        wanted = re.search(pattern, tree.meson).group(1)
        for found in re.findall(rf"\byou need (?:(?!</para>|\n\n).)*?\b{name}\s+(\d[\d.]*\d)", text, re.S):
            if wanted != found and not wanted.startswith(found + "."):
                problems.append(f"{name} {found}, but meson.build wants {wanted}")
    return problems


def commands_in(text):
    for block in re.findall(r"^```sh\b[^\n]*\n(.*?)^```$", text, re.M | re.S):
        yield from block.splitlines()
    yield from re.findall(r"<userinput>(.*?)</userinput>", text)
    yield from re.findall(r"(?<!`)`(\./dev [^`\n]+|\.ci/run|intern-pool [^`\n]+|-D\w[^`\n]*)`(?!`)", text)


def check_script(tree, command):
    script = re.match(r"(?:\./)?(dev|\.ci/run)\b ?([\w-]*)", command)
    if script is None:
        return
    name, word = script.groups()
    if not (tree.root / name).exists():
        yield f"no script {name}"
    elif word and not re.search(rf"(?<![\w-]){word}(?![\w-])", tree.read(name)):
        yield f"{name} does not know {word}"


def check_packages(tree, command):
    known = tree.read(".ci/packages.txt").split()
    install = re.search(r"apt(?:-get)? install (.*)", command)
    for package in install.group(1).split() if install else ():
        # With a path it is a file.
        if not package.startswith("./") and package not in known:
            yield f"no package {package} in .ci/packages.txt"


def check_meson(tree, command):
    for option in re.findall(r"(?:-D|--(?=buildtype))(\w+)", command):
        if option != "name" and option not in tree.options and option not in MESON_OPTIONS:
            yield f"no option {option}"
    for kind, name in re.findall(r"--(suite|setup) (\w+)", command):
        pattern = rf"add_test_setup\('{name}'" if kind == "setup" else SUITE % name
        if not re.search(pattern, tree.meson_files):
            yield f"no {kind} {name}"


def check_tool(tree, command):
    if not command.startswith("intern-pool "):
        return
    page = tree.read("doc/intern-pool.1").replace("\\-", "-")
    # What follows belongs to another program.
    command = command.partition(" -- ")[0]
    for word in re.findall(r"(?<= )-*[a-z][\w-]*", command):
        if word not in page:
            yield f"the man page lacks {word}"


COMMAND_CHECKS = (check_script, check_packages, check_meson, check_tool)


def check_commands(tree, text):
    return [f"{command}: {problem}" for command in commands_in(text)
            for check in COMMAND_CHECKS for problem in check(tree, command)]


def check_symbols(tree, text):
    named = set(re.findall(r"\b(?:intern_\w+(?=\(\))|Intern[A-Z]\w+|INTERN_\w+)", text))
    problems = [f"no symbol {name}" for name in sorted(named) if name not in tree.words]
    for name in sorted(set(re.findall(r"#InternPool::?([a-z-]+)", text))):
        if f'"{name}"' not in tree.sources:
            problems.append(f"no property or signal {name}")
    return problems


TEXT_CHECKS = {
    "names files that exist": check_files,
    "names the right versions": check_versions,
    "names commands and options that exist": check_commands,
    "names symbols that exist": check_symbols,
}


def folders_of(tree):
    layers = re.search(r"^FOLDERS = \[(.*)\]$", tree.read("tests/lint/check-folders.py"), re.M).group(1)
    return re.findall(r"'(\w+)'", layers) + ["profile", "tool"]


def check_folders(tree):
    """The table in CONTRIBUTING.md has a row for each folder of src/, in the order of the layers."""
    table = re.search(r"^\| Folder .*?\n\n", tree.read("CONTRIBUTING.md"), re.M | re.S).group(0)
    listed = re.findall(r"^\| `src/(\w+)/`", table, re.M)
    wanted = folders_of(tree)
    return [] if listed == wanted else [f"the table has {listed}", f"the folders are {wanted}"]


def check_drawn_folders(tree):
    """So has the drawing, from the top layer down."""
    drawn = re.findall(r">src/(\w+)/<", tree.read("doc/drawings/folders.svg"))
    wanted = folders_of(tree)[::-1]
    return [] if drawn == wanted else [f"the drawing has {drawn}", f"the folders are {wanted}"]


def check_suites(tree):
    table = re.search(r"^\| Suite .*?\n\n", tree.read("CONTRIBUTING.md"), re.M | re.S).group(0)
    return [f"no suite {name}" for name in re.findall(r"^\| `(\w+)`", table, re.M)
            if not re.search(SUITE % name, tree.meson_files)]


def check_options(tree):
    rows = dict(re.findall(r"<option>(\w+)</option></entry><entry>(\w*)</entry>", tree.read("doc/building.xml")))
    return [] if rows == tree.options else [f"the manual has {rows}", f"meson has {tree.options}"]


SNAPSHOT_TYPES = {"guint8": 1, "guint32": 4, "guint64": 8}
SNAPSHOT_ROW = (r"<row><entry>(\d+)</entry><entry>(\d+)</entry><entry>"
                r"<structfield>(\w+)</structfield></entry>")


def struct_fields(source, name):
    """(offset, size, field) of each field. The code asserts that there is no padding."""
    body = re.search(r"typedef struct\n\{([^}]*)\} %s;" % name, source).group(1)
    offset = 0
    for kind, field, count in re.findall(r"^  (\w+) +(\w+)(?:\[(\d+)\])?;", body, re.M):
        size = SNAPSHOT_TYPES[kind] * int(count or 1)
        yield str(offset), str(size), field
        offset += size


def check_snapshot_format(tree):
    """The tables of the format have exactly the fields and numbers of the code."""
    source = tree.read("src/snapshot/format.h")
    text = tree.read("doc/snapshot-format.xml")
    wanted = [field for name in ("Header", "Section", "Checksum")
              for field in struct_fields(source, "InternSnapshot" + name)]
    rows = re.findall(SNAPSHOT_ROW, text)
    problems = [] if rows == wanted else [f"the manual has {rows}", f"the code has {wanted}"]
    numbers = dict(re.findall(r"(?:#define|^ ) (INTERN_SNAPSHOT_\w+) (?:= )?(\d+)u?,?$", source, re.M))
    listed = re.findall(r"<row><entry><constant>(\w+)</constant></entry><entry>(\d+)</entry></row>", text)
    problems += [f"{name} is not {value} but {numbers.get(name)}" for name, value in listed
                 if numbers.get(name) != value]
    problems += [f"{name} is not among the numbers" for name in re.findall(r"<constant>(\w+)</constant>", text)
                 if name not in dict(listed)]
    return problems if len(listed) > 10 else problems + ["the numbers were not found"]


def check_stability(tree):
    """The promises name what the build has, and the files of every version of the format are there to be read."""
    text = " ".join(tree.read("doc/stability.xml").split())
    soversion = re.search(r"^soversion = '(\d+)'", tree.meson, re.M).group(1)
    glib = re.search(r"^glib_version = '([\d.]+)'", tree.meson, re.M).group(1)
    version = re.search(r"#define INTERN_SNAPSHOT_VERSION (\d+)", tree.read("src/snapshot/format.h")).group(1)
    wanted = {
        f"<filename>libintern-glib-1.so.{soversion}</filename>": "the soname",
        f'write version {version} of <link linkend="snapshot-format">': "the version of the format",
        f"needs GLib {glib}.": "the version of GLib",
    }
    problems = [f"{what} is not as in the code: {words}" for words, what in wanted.items() if words not in text]
    return problems + [f"no file of version {number} of the format in tests/data"
                       for number in range(1, int(version) + 1)
                       if not list((tree.root / "tests/data").glob(f"snapshot-{number}-*"))]


def check_news(tree):
    first = re.search(r"^## ([\d.]+)", tree.read("NEWS.md"), re.M).group(1)
    return [] if first == tree.version() else [f"NEWS.md begins with {first}, the version is {tree.version()}"]


def check_self(tree):
    """Each check reports a wrong text."""
    wrong = {
        check_files: "`src/no-such-file.c` <filename>doc/none.xml</filename> [a chart](doc/images/none.svg)",
        check_versions: "version 99.0.1; you need GLib 1.0",
        check_commands: "`./dev no-such-command` `-Dnothing=true` <userinput>meson test --suite nothing</userinput> "
                        "<userinput>apt-get install nothing</userinput> "
                        "<userinput>intern-pool stat --nothing</userinput>",
        check_symbols: "intern_no_such_call() InternNothing INTERN_NOTHING #InternPool:nothing",
    }
    expected = {check_files: 3, check_versions: 2, check_commands: 5, check_symbols: 4}
    return [f"{check.__name__} reports {check(tree, text)}" for check, text in wrong.items()
            if len(check(tree, text)) != expected[check]]


TREE_CHECKS = {
    "the checks report wrong texts": check_self,
    "CONTRIBUTING.md lists the folders of src/": check_folders,
    "the manual draws the folders of src/": check_drawn_folders,
    "CONTRIBUTING.md lists suites that exist": check_suites,
    "the manual lists the options": check_options,
    "the manual promises the soname, format and GLib of the code": check_stability,
    "NEWS.md begins with this version": check_news,
    "the manual has the snapshot format of the code": check_snapshot_format,
}


def main():
    roots = tap.parse_roots()
    results = tap.Tap()
    tree = Tree(roots.source_root)
    for name, check in TREE_CHECKS.items():
        results.result(name, check(tree))
    for path in sorted(tree.root.glob("*.md")) + sorted(tree.root.glob("doc/*.xml")):
        text = path.read_text(encoding="utf-8")
        for name, check in TEXT_CHECKS.items():
            results.result(f"{path.name} {name}", check(tree, text))
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
