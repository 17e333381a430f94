#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Prints where the symbols of GLib are described, for the manual's links to them.

Usage: glib-links.py PREFIX

GLib's pages are made by gi-docgen since 2.80, and gtk-doc does not understand the index that this leaves
under PREFIX. This prints the same in the words of gtk-doc, with links into GLib's pages on the web. It
prints an empty index where there is none by gi-docgen: then gtk-doc finds its own.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree
import xml.sax.saxutils

WEB = "https://docs.gtk.org"
# Where distributions have them: Debian, and GLib itself.
PLACES = ("share/doc/libglib2.0-dev/{0}-2.0/{0}-2.0.devhelp2", "share/doc/{0}-2.0/{0}-2.0.devhelp2")
BOOKS = ("glib", "gobject", "gio")
# What GLib's index leaves out.
LEFT_OUT = {
    "NULL": "glib/macros.html",
    "TRUE": "glib/types.html",
    "FALSE": "glib/types.html",
    "G_MAXUINT": "glib/types.html",
    "g_autoptr": "glib/auto-cleanup.html",
}


def anchor(name):
    """The name by which gtk-doc refers to a symbol."""
    dashed = re.sub(r"_|::|:", "-", name.replace("()", ""))
    return f"{dashed}:CAPS" if dashed.isupper() else dashed


def links_of(book, path):
    """(name of a symbol, its page) of each entry of an index."""
    root = xml.etree.ElementTree.parse(path).getroot()
    for element in root.iter():
        link = element.get("link", "")
        if element.tag.endswith("keyword"):
            # Signals and properties are called "The GListModel::items-changed signal" there.
            yield re.sub(r"^The (\S+) \w+$", r"\1", element.get("name")), f"{book}/{link}"
        elif link.startswith("callback."):
            yield "G" + element.get("name"), f"{book}/{link}"


def all_links(prefix):
    links = {}
    for book in BOOKS:
        for place in PLACES:
            path = prefix / place.format(book)
            if path.exists():
                links.update(links_of(book, path))
    return {**LEFT_OUT, **links} if links else {}


def main():
    print('<?xml version="1.0" encoding="utf-8"?>')
    print('<book xmlns="http://www.devhelp.net/book" title="GLib" name="glib-links" version="2" link="">')
    print("<functions>")
    for name, page in sorted(all_links(pathlib.Path(sys.argv[1])).items()):
        link = xml.sax.saxutils.quoteattr(f"{WEB}/{page.partition('#')[0]}#{anchor(name)}")
        print(f"<keyword name={xml.sax.saxutils.quoteattr(name)} link={link}/>")
    print("</functions>")
    print("</book>")


if __name__ == "__main__":
    main()
