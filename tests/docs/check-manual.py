#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Builds the manual again: no warnings, no undocumented symbols, no dead links."""

import html.parser
import re
import subprocess
import sys
import urllib.parse

import tap

MODULE = "intern-glib"


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors = set()
        self.links = set()
        self.images = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update(attrs[key] for key in ("id", "name") if key in attrs)
        if tag == "a" and "href" in attrs:
            self.links.add(urllib.parse.unquote(attrs["href"]))
        if tag == "img":
            self.images.add(urllib.parse.unquote(attrs["src"]))


def build(build_root):
    """The warnings and errors of gtk-doc."""
    done = subprocess.run(["ninja", "-C", str(build_root), f"{MODULE}-doc"],
                          capture_output=True, encoding="utf-8")
    output = done.stdout + done.stderr
    problems = [line for line in output.splitlines() if re.search(r"\b(warning|error)\b", line, re.I)]
    return problems if done.returncode == 0 else [output]


def check_coverage(folder):
    lines = (folder / f"{MODULE}-undocumented.txt").read_text(encoding="utf-8").splitlines()
    wanted = ["100% symbol docs coverage.", "0 symbols incomplete.", "0 not documented."]
    return [] if all(line in lines for line in wanted) else lines


def check_empty(path):
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def check_symbols(folder, pages):
    """Each public symbol has an anchor in the pages."""
    anchors = set().union(*(page.anchors for page in pages.values()))
    problems = []
    subsection = ""
    for line in (folder / f"{MODULE}-sections.txt").read_text(encoding="utf-8").splitlines():
        tag = re.match(r"<(/?\w+) ?(\w*)>", line)
        if tag:
            subsection = tag.group(2)
        elif re.fullmatch(r"\w+", line) and subsection not in ("Standard", "Private"):
            anchor = line.replace("_", "-")
            if not anchors & {anchor, f"{anchor}-struct", f"{anchor}:CAPS"}:
                problems.append(f"no anchor for {line}")
    return problems


def check_links(pages):
    problems = []
    for name, page in pages.items():
        for link in sorted(page.links):
            target = urllib.parse.urlparse(link)
            if target.scheme or target.path.startswith((".", "/")):
                continue
            other = pages.get(target.path or name)
            if other is None:
                problems.append(f"{name}: no page {link}")
            elif target.fragment.startswith("api-index-"):
                continue  # gtk-doc gives its indexes no anchor: the link opens the page
            elif target.fragment and target.fragment not in other.anchors:
                problems.append(f"{name}: no anchor {link}")
    return problems


def check_images(folder, pages):
    return [f"{name}: no picture {image}" for name, page in pages.items() for image in sorted(page.images)
            if not (folder / image).exists()]


def check_addresses(folder):
    """gtk-doc takes the end of an address for a parameter, unless it is in a programlisting"""
    return [f"{path.name}: {found}" for path in sorted(folder.glob("*.html"))
            for found in re.findall(r'\w+<em class="parameter"><code>[^<]*', path.read_text(encoding="utf-8"))]


def check_chapters(source_folder, pages):
    """Each chapter has a page in the book."""
    chapters = [path.stem for path in source_folder.glob("*.xml") if "<chapter id=" in path.read_text(encoding="utf-8")]
    return [f"no page for {name}.xml" for name in chapters
            if f"{name}.html" not in pages and name != "intern-docs"]


def main():
    roots = tap.parse_roots()
    results = tap.Tap()
    folder = roots.build_root / "doc"

    results.result("the manual builds without a warning", build(roots.build_root))
    pages = {path.name: Page(path) for path in sorted((folder / "html").glob("*.html"))}
    results.result("every symbol is documented", check_coverage(folder))
    for kind in ("unused", "undeclared"):
        results.result(f"no symbol is {kind}", check_empty(folder / f"{MODULE}-{kind}.txt"))
    results.result("every public symbol has an anchor", check_symbols(folder, pages))
    results.result("every chapter has a page", check_chapters(roots.source_root / "doc", pages))
    results.result("no address is taken for a parameter", check_addresses(folder / "html"))
    results.result("every picture is there", check_images(folder / "html", pages))
    results.result("every link has a target", check_links(pages) if len(pages) > 5 else ["too few pages"])
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
