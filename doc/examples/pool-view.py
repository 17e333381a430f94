#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Watches a pool: a thread interns the words of texts, and a window shows the strings.

Needs GTK 4 and pycairo. Without files it reads the licences in /usr/share/common-licenses.
"""

import argparse
import ctypes
import itertools
import pathlib
import re
import sys
import threading
import time

import gi

gi.require_versions({"Gdk": "4.0", "Gtk": "4.0", "Intern": "1"})
from gi.repository import Gdk, Gio, GLib, Gtk, Intern

LICENCES = "/usr/share/common-licenses"
TICK_MS = 100
WINDOW_TICKS = 100  # width of the chart: ten seconds
SMOOTHED_TICKS = 5  # each point is the mean of half a second
HITS, NEW = (0.21, 0.52, 0.89), (0.90, 0.38, 0.0)

STYLE = """
.body { padding: 18px; }
.tile { background: @theme_base_color; border: 1px solid alpha(@theme_fg_color, 0.12);
        border-radius: 12px; padding: 12px 16px; }
.tile-value { font-size: 160%; font-weight: 700; font-feature-settings: "tnum"; }
.caption { font-size: 90%; color: alpha(@theme_fg_color, 0.65); }
.list { border: 1px solid alpha(@theme_fg_color, 0.12); border-radius: 12px; }
.number { font-feature-settings: "tnum"; color: alpha(@theme_fg_color, 0.65); }
"""


class Reader(threading.Thread):
    """Interns the words of the files in a loop, at a given rate."""

    def __init__(self, pool, files, rate):
        super().__init__(daemon=True)
        self.pool, self.files, self.rate = pool, files, rate
        self.stopped = threading.Event()

    def words(self):
        while True:
            for path in self.files:
                yield from re.findall(r"\w+", path.read_text(encoding="utf-8", errors="replace"))

    def run(self):
        words = self.words()
        share = max(self.rate // 50, 1)
        due = time.monotonic()
        while not self.stopped.wait(max(due - time.monotonic(), 0)):
            for word in itertools.islice(words, share):
                self.pool.intern(word)
            due += share / self.rate


class Chart(Gtk.DrawingArea):
    """The rates of hits and of new words."""

    def __init__(self):
        super().__init__(hexpand=True, vexpand=True)
        self.counts = []  # (time, hits, misses) at each tick
        self.set_draw_func(lambda _area, context, width, height: self.draw(context, width, height))

    def add(self, hits, misses):
        self.counts = self.counts[-(WINDOW_TICKS + SMOOTHED_TICKS):] + [(time.monotonic(), hits, misses)]
        self.queue_draw()

    def rates(self):
        """(hits, misses) a second at each point, the last one last."""
        return [((hits - hits0) / (now - then), (misses - misses0) / (now - then))
                for (then, hits0, misses0), (now, hits, misses)
                in zip(self.counts, self.counts[SMOOTHED_TICKS:])]

    def draw(self, context, width, height):
        left, bottom = 46, 26
        plot = Plot(context, left, 8, width - left - 8, height - bottom - 8)
        color = self.get_style_context().get_color()
        rates = self.rates()
        top = nice_ceiling(1.05 * max((sum(rate) for rate in rates), default=1))

        plot.axes((color.red, color.green, color.blue), top)
        plot.area([hits for hits, _misses in rates], top, HITS)
        plot.area([misses for _hits, misses in rates], top, NEW)


def nice_ceiling(number):
    """The next round number above, for the end of an axis."""
    power = 10 ** (len(str(int(number))) - 1)
    return next(step * power for step in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10, 20) if step * power >= number)


class Plot:
    """The plot area: time on the x axis, a count on the y axis."""

    def __init__(self, context, x, y, width, height):
        self.context = context
        self.x, self.y, self.width, self.height = x, y, width, height

    def point(self, index, value, top):
        return self.x + self.width * index / WINDOW_TICKS, self.y + self.height * (1 - value / top)

    def label(self, text, x, y, align):
        extents = self.context.text_extents(text)
        self.context.move_to(x - align * extents.x_advance, y)
        self.context.show_text(text)

    def axes(self, color, top):
        context = self.context
        context.select_font_face("Cantarell")
        context.set_font_size(11.5)
        context.set_line_width(1)
        for step in range(5):
            y = round(self.y + self.height * (1 - step / 4)) + 0.5
            context.set_source_rgba(*color, 0.12)
            context.move_to(self.x, y)
            context.line_to(self.x + self.width, y)
            context.stroke()
            context.set_source_rgba(*color, 0.65)
            self.label(f"{top * step / 4:,.0f}", self.x - 8, y + 4, 1)
        for step in range(6):
            seconds = (5 - step) * WINDOW_TICKS * TICK_MS / 5000
            text = f"−{seconds:.0f} s" if seconds else "now"
            self.label(text, self.x + self.width * step / 5, self.y + self.height + 20, step / 5)

    def area(self, values, top, color):
        if not values:
            return
        values = values[-(WINDOW_TICKS + 1):]
        first = WINDOW_TICKS + 1 - len(values)
        self.context.new_path()
        for index, value in enumerate(values, first):
            self.context.line_to(*self.point(index, value, top))
        line = self.context.copy_path()
        self.context.line_to(*self.point(WINDOW_TICKS, 0, top))
        self.context.line_to(*self.point(first, 0, top))
        self.context.set_source_rgba(*color, 0.15)
        self.context.fill()
        self.context.append_path(line)
        self.context.set_source_rgb(*color)
        self.context.set_line_width(2)
        self.context.stroke()


def format_saved(size):
    return ("−" if size < 0 else "") + GLib.format_size(abs(size))


def label(text="", *classes, **properties):
    return Gtk.Label(label=text, css_classes=classes, **{"xalign": 0, **properties})


class Tiles(Gtk.Box):
    """The figures of the pool, side by side."""

    FIGURES = {
        "Strings": lambda stats: f"{stats.n_strings:,}",
        "Hits": lambda stats: f"{stats.n_hits:,}",
        "Hit ratio": lambda stats: f"{100 * stats.hit_ratio:.1f} %",
        "Memory": lambda stats: GLib.format_size(stats.memory_usage),
        "Saved": lambda stats: format_saved(stats.bytes_saved),
    }

    def __init__(self):
        super().__init__(spacing=12, homogeneous=True)
        self.values = {name: label("", "tile-value") for name in self.FIGURES}
        for name, value in self.values.items():
            tile = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, css_classes=["tile"], spacing=2)
            tile.append(label(name, "caption"))
            tile.append(value)
            self.append(tile)

    def show_stats(self, stats):
        for name, figure in self.FIGURES.items():
            self.values[name].set_label(figure(stats))


def with_expression(class_name, name):
    """A filter or a sorter by a property of the items. PyGObject cannot make GTK expressions."""
    return Gtk.Builder.new_from_string(f"""
        <interface><object class="{class_name}" id="it">
          <property name="expression"><lookup name="{name}" type="InternPoolItem"/></property>
        </object></interface>""", -1).get_object("it")


class StringList(Gtk.Box):
    """The strings in a list that can be filtered, and sorted by a click on a title."""

    COLUMNS = (("Atom", "atom", "number"), ("String", "string", None), ("Bytes", "length", "number"))

    def __init__(self, pool):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self.shown = {}  # row: the labels of its cells
        self.model = Intern.PoolModel.new(pool)
        self.filter = with_expression("GtkStringFilter", "string")
        self.matches = Gtk.FilterListModel(model=self.model, filter=self.filter, incremental=True)
        view = Gtk.ColumnView(show_row_separators=True, vexpand=True)
        view.set_model(Gtk.NoSelection(model=Gtk.SortListModel(model=self.matches, sorter=view.get_sorter())))
        for title, name, style in self.COLUMNS:
            view.append_column(self.column(title, name, style))

        self.align_titles(view.get_first_child())

        self.count = label("", "caption", xalign=1, width_chars=22)
        search = Gtk.SearchEntry(placeholder_text="Filter", hexpand=True)
        search.connect("search-changed", lambda entry: self.filter.set_search(entry.get_text()))
        self.search = search
        top = Gtk.Box(spacing=12)
        top.append(search)
        top.append(self.count)
        self.append(top)
        self.append(Gtk.ScrolledWindow(child=view, css_classes=["list"], overflow=Gtk.Overflow.HIDDEN))
        self.matches.connect("items-changed", lambda *_: self.show_count())
        self.model.connect("items-changed", lambda *_: self.show_count())

    def align_titles(self, header):
        """Aligns the titles of number columns right, as their numbers."""
        title = header.get_first_child()
        for _title, _name, style in self.COLUMNS:
            if style == "number":
                title.get_first_child().set_properties(halign=Gtk.Align.END, hexpand=True)
            title = title.get_next_sibling()

    def column(self, title, name, style):
        factory = Gtk.SignalListItemFactory()
        factory.connect("setup", self.setup_cell, style)
        factory.connect("bind", self.bind_cell, name)
        factory.connect("unbind", self.unbind_cell, name)
        sorter = with_expression("GtkNumericSorter" if style == "number" else "GtkStringSorter", name)
        return Gtk.ColumnViewColumn(title=title, factory=factory, sorter=sorter, expand=style is None,
                                    fixed_width=-1 if style is None else 84)

    def setup_cell(self, _factory, cell, style):
        if style == "number":
            cell.set_child(label("", "number", xalign=1))
        else:
            cell.set_child(label(ellipsize=3))

    def bind_cell(self, _factory, cell, name):
        value = cell.get_item().get_property(name)
        cell.get_child().set_label(value if name == "string" else f"{value:,}")
        self.shown.setdefault(cell.get_position(), {})[name] = cell

    def unbind_cell(self, _factory, cell, name):
        for cells in self.shown.values():
            if cells.get(name) is cell:
                del cells[name]

    def show_count(self):
        self.count.set_label(f"{len(self.matches):,} of {len(self.model):,} strings")

    def visible_rows(self):
        """The text of the cells on the screen, from the top."""
        rows = {}
        for name in ("atom", "string", "length"):
            for cells in self.shown.values():
                if name in cells and cells[name].get_child().get_mapped():
                    rows.setdefault(cells[name].get_position(), []).append(cells[name].get_child().get_label())
        return [rows[position] for position in sorted(rows)]


class Window(Gtk.ApplicationWindow):
    def __init__(self, application, pool):
        super().__init__(application=application, default_width=1000, default_height=640, title="A pool at work")
        self.pool = pool
        self.tiles, self.list, self.chart = Tiles(), StringList(pool), Chart()
        self.set_titlebar(Gtk.HeaderBar())

        chart = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, css_classes=["tile"], spacing=8)
        legend = label()
        legend.set_markup("<small>Words a second:   <span color='#%02x%02x%02x'>⬤</span>  found    "
                          "<span color='#%02x%02x%02x'>⬤</span>  new</small>"
                          % tuple(round(255 * part) for part in HITS + NEW))
        chart.append(legend)
        chart.append(self.chart)

        lower = Gtk.Box(spacing=12, homogeneous=True, vexpand=True)
        lower.append(self.list)
        lower.append(chart)
        body = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, css_classes=["body"])
        body.append(self.tiles)
        body.append(lower)
        self.set_child(body)
        GLib.timeout_add(TICK_MS, self.tick)

    def tick(self):
        stats = self.pool.stats
        self.tiles.show_stats(stats)
        self.chart.add(stats.n_hits, stats.n_misses)
        return GLib.SOURCE_CONTINUE

    def save(self, path, scale):
        """Draws the content of the window into a PNG file.

        PyGObject 3.42 has no render nodes, so this calls GTK directly. The hash of an object is
        its address.
        """
        snapshot = Gtk.Snapshot()
        snapshot.scale(scale, scale)
        Gtk.WidgetPaintable(widget=self).snapshot(snapshot, self.get_width(), self.get_height())

        gtk = ctypes.CDLL("libgtk-4.so.1")
        gtk.gtk_snapshot_to_node.restype = gtk.gsk_renderer_render_texture.restype = ctypes.c_void_p
        node = gtk.gtk_snapshot_to_node(ctypes.c_void_p(hash(snapshot)))
        if node is None:
            return False  # nothing has been drawn yet
        texture = gtk.gsk_renderer_render_texture(ctypes.c_void_p(hash(self.get_renderer())),
                                                  ctypes.c_void_p(node), None)
        if not gtk.gdk_texture_save_to_png(ctypes.c_void_p(texture), path.encode()):
            sys.exit(f"{path} could not be written")
        return True


def screenshot(window, options):
    """Writes the picture to the file and prints its rows, for tests."""
    if not window.save(options.screenshot, options.scale):
        return GLib.SOURCE_CONTINUE
    for row in window.list.visible_rows():
        print(*row, sep="\t")
    window.close()
    return GLib.SOURCE_REMOVE


def activate(application, options):
    provider = Gtk.CssProvider()
    provider.load_from_data(STYLE.encode())
    Gtk.StyleContext.add_provider_for_display(Gdk.Display.get_default(), provider,
                                              Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
    pool = Intern.Pool(emit_added=False)
    window = Window(application, pool)
    reader = Reader(pool, options.files, options.rate)
    window.connect("close-request", lambda _window: reader.stopped.set())
    window.list.search.set_text(options.filter)
    if options.screenshot:
        # The same picture with any desktop settings.
        Gtk.Settings.get_default().set_property("gtk-font-name", "Cantarell 11")
        wait = int(1000 * options.seconds)
        window.connect("map", lambda _window: GLib.timeout_add(wait, screenshot, window, options))
    window.present()
    window.list.search.set_position(-1)
    if options.screenshot:
        # Removes the frame that GTK draws without a compositor.
        window.remove_css_class("solid-csd")
    reader.start()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", type=pathlib.Path, help=f"texts; the default is {LICENCES}")
    parser.add_argument("--rate", type=int, default=8000, help="words a second (%(default)s)")
    parser.add_argument("--filter", default="", help="initial text of the filter")
    parser.add_argument("--screenshot", metavar="FILE",
                        help="draw the window into a PNG file, print its rows, and quit")
    parser.add_argument("--seconds", type=float, default=11, help="when to do so (%(default)s)")
    parser.add_argument("--scale", type=float, default=1,
                        help="pixels of the picture for one of the window (%(default)s)")
    options = parser.parse_args(arguments)
    options.files = options.files or sorted(set(path.resolve() for path in pathlib.Path(LICENCES).iterdir()))
    if options.rate < 1 or not options.files:
        parser.error("there are no files to read, or the rate is below 1")
    return options


def main():
    options = parse(sys.argv[1:])
    application = Gtk.Application(flags=Gio.ApplicationFlags.NON_UNIQUE)
    application.connect("activate", activate, options)
    return application.run()


if __name__ == "__main__":
    sys.exit(main())
