# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python's interface to Intern.Pool: identity, len(), in, iteration, columns, statistics."""

import re
import sys
from array import array
from collections import namedtuple
from functools import lru_cache, partial, update_wrapper
from inspect import getattr_static
from itertools import compress, count
from numbers import Real
from operator import index
from os import fsencode
from weakref import finalize, ref

from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject

Intern = get_introspection_module("Intern")
# The library warns if it is used from Python and this quark does not exist.
GLib.quark_from_string("intern-glib-python-override")

__all__ = []

# The call of the library.
_intern = Intern.Pool.intern
# What a str may hold and C cannot take as text: a NUL, a lone surrogate.
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")

# PyGObject creates a class at its first use, which is not thread-safe: two threads may get two
# classes, or an unfinished one. So the classes that a pool uses are created here.
_MADE_EARLY = (GLib.Bytes, GLib.Error, GLib.MainContext, GLib.Source, GObject.Closure, GObject.ParamSpecUInt,
               Gio.Cancellable, Intern.Error, Intern.PoolStats)

Stats = namedtuple("Stats", (
    "n_strings",
    "n_mortal",
    "n_dead",
    "n_lookups",
    "n_hits",
    "n_misses",
    "bytes_stored",
    "bytes_requested",
    "bytes_recycled",
    "memory_usage",
    "hit_ratio",
    "bytes_saved",
))


def _encode(string):
    # A str may contain lone surrogates, which UTF-8 cannot encode: surrogatepass gives them bytes
    # that decode to the same str.
    return string.encode("utf-8", "surrogatepass")


def _decode_surrogates(data):
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _to_gbytes(string):
    """The bytes of a str, bytes or GLib.Bytes; None for anything else."""
    if isinstance(string, GLib.Bytes):
        return string
    if isinstance(string, str):
        return GLib.Bytes.new(_encode(string))
    if isinstance(string, bytes):
        return GLib.Bytes.new(string)
    return None


def _to_file(file):
    """A Gio.File, or the path of a file as open() takes it."""
    return file if isinstance(file, Gio.File) else Gio.File.new_for_path(fsencode(file))


def _check_text(call, string):
    if not isinstance(string, str):
        raise TypeError(f"{call}() argument must be str, not {type(string).__name__}")


def _check_str(string):
    # As sys.intern(): a subclass may define its own equality.
    if type(string) is str:
        return
    if isinstance(string, str):
        raise TypeError(f"can't intern {type(string).__name__}")
    raise TypeError(f"intern() argument must be str, not {type(string).__name__}")


# What stands for a missing string in an array of NumPy or pandas, besides NaN.
_MISSING = (("pandas", "NA"), ("pandas", "NaT"), ("numpy.ma", "masked"))


def _is_missing(value):
    if isinstance(value, Real):
        # NaN is the number that is not equal to itself.
        return value != value
    return any(value is getattr(sys.modules.get(module), name, None) for module, name in _MISSING)


def _find_present(values):
    """Returns for each value whether it is a str. The others must be missing values."""
    present = [value is not None for value in values]
    if all(issubclass(kind, str) for kind in set(map(type, compress(values, present)))):
        return present
    for number, value in enumerate(values):
        if present[number] and not isinstance(value, str):
            if not _is_missing(value):
                raise TypeError("encode() takes str, and None for a missing value, "
                                f"not {type(value).__name__}") from None
            present[number] = False
    return present


def _spread(atoms, present):
    """Returns the atoms with a 0 for each value that is not present."""
    spread = array("I")
    start = 0
    # One step for each missing value, not for each value.
    for run in bytes(present).split(b"\0"):
        end = start + len(run)
        spread += atoms[start:end]
        spread.append(0)
        start = end
    spread.pop()
    return spread


def _correct_position(error, find):
    """Replaces the position in the message of an error by that in the column of the caller.

    find() takes the position, and the atom if the message names one.
    """
    found = re.match(r"At position (\d+):(?: atom (\d+))?", error.message)
    if found:
        position, atom = found.groups(default="0")
        error.message = f"At position {find(int(position), int(atom))}{error.message[found.end(1):]}"


def _end_each(strings):
    """Returns the strings as one text and the delimiter after each, a byte that none of them contains."""
    text = "\0".join(strings)
    if text.count("\0") == len(strings) - 1:
        return text.encode() + b"\0", 0
    # UTF-8 never contains this byte.
    return b"\xff".join(map(str.encode, strings)) + b"\xff", 0xFF


def _to_byte(delimiter):
    if isinstance(delimiter, bytes) and len(delimiter) == 1:
        return delimiter[0]
    if isinstance(delimiter, int):
        return delimiter
    raise TypeError(f"a delimiter must be one byte, not {delimiter!r}")


def _to_atoms(atoms):
    """Returns the numbers as an array("I"), with one copy if they are in such memory already."""
    if isinstance(atoms, GLib.Bytes):
        return array("I", atoms.get_data())
    try:
        view = memoryview(atoms)
    except TypeError:
        return array("I", atoms)
    # Like bytes, a memoryview of bytes is the memory of 32-bit numbers. An array of small numbers is those numbers.
    is_memory = view.format == "I" or (isinstance(atoms, memoryview) and view.itemsize == 1)
    return array("I", view.tobytes() if is_memory else atoms)


class _Tally:
    """Counts the requests of Python since the pool was last cleared, for the statistics of the pool.

    It has no lock: a forked child or a signal handler could find it held by a thread that does not
    run. Where threads race, one atomic operation of a list or a dict decides.
    """

    def __init__(self):
        # The lengths in bytes of the strings that came from Python; only appended to.
        self.lengths = []
        # The number of lengths that have been summed, and their sum.
        self.summed = (0, 0)
        # The last link of a chain. Each link has the number of repeats taken when it was added.
        self.taken = {"repeats": 0}

    def sum_up(self):
        """Returns the number of strings that came from Python, and their bytes."""
        n_strings, n_bytes = self.summed
        new = self.lengths[n_strings:]
        # One tuple, so that number and sum match whichever thread stores last.
        self.summed = (n_strings + len(new), n_bytes + sum(new))
        return self.summed

    def take(self, count_repeats):
        """Returns the repeats since the last call: their number, and their bytes at the mean length.

        count_repeats() returns the total number. If two threads add a link after the same one,
        setdefault() keeps one of them, and the other thread retries behind it.
        """
        n_strings, n_bytes = self.sum_up()
        last = self.taken
        # The thread that interns the first string may not have appended its length yet.
        while n_strings > 0:
            while "next" in last:
                last = last["next"]
            link = {"repeats": count_repeats()}
            n_repeats = link["repeats"] - last["repeats"]
            if n_repeats <= 0:
                break
            if last.setdefault("next", link) is link:
                self.taken = link
                return n_repeats, n_repeats * n_bytes // n_strings
        return 0, 0


class _Table:
    """The objects that one pool has returned to Python, and the hits not yet added to the pool.

    repeats answers repeated strings in C: lru_cache() uses an exact str as its own key and calls
    the pool for everything else, so a hit is cheap and a str subclass never matches. It counts its
    hits, but not their lengths.
    """

    def __init__(self, learn):
        self.kept = {}
        # Kept apart, since under "python3 -bb" it is an error if a dict compares a str with bytes.
        self.kept_bytes = {}
        self.repeats = lru_cache(maxsize=None)(learn)
        self.tally = _Tally()
        self.context = GLib.MainContext.ref_thread_default()
        # The functions that stop the timers for hits; a later number replaces the earlier ones.
        self.timers = {}
        self.numbers = count()

    def keep(self, string, length):
        # The first object wins, also if another thread or a handler adds an equal one meanwhile.
        kept = self.kept_for(string).setdefault(string, string)
        if kept is string and type(string) is str:
            self.tally.lengths.append(length)
        return kept

    def kept_for(self, string):
        return self.kept_bytes if isinstance(string, bytes) else self.kept

    def object_for(self, data):
        """Returns the object for these bytes of the pool: a str if they are text."""
        try:
            string = data.decode()
        except UnicodeDecodeError:
            string = _decode_surrogates(data)
            # They stay bytes, unless they are known to have come from a str.
            if string not in self.kept:
                string = data
        return self.kept_for(string).get(string, string)

    def objects_for(self, text, delimiter):
        """Returns the objects for delimited strings: decoded in one step if they are text."""
        if delimiter == 0:
            try:
                strings = text.decode().split("\0")[:-1]
            except UnicodeDecodeError:
                pass
            else:
                return list(map(self.kept.get, strings, strings))
        return list(map(self.object_for, text.split(bytes((delimiter,)))[:-1]))

    def take_hits(self):
        """Returns the hits since the last call: their number, and their bytes at the mean length."""
        return self.tally.take(lambda: self.repeats.cache_info().hits)

    def forget(self):
        # In this order, so that a string that a signal handler interns in between is kept.
        self.kept.clear()
        self.kept_bytes.clear()
        self.repeats.cache_clear()
        self.tally = _Tally()


def _forget(pool):
    pool._tell_hits()
    pool._table.forget()


def _tell(pool_ref):
    pool = pool_ref()
    if pool is None:
        return GLib.SOURCE_REMOVE
    pool._tell_hits()
    return GLib.SOURCE_CONTINUE


def _start_timer(pool, interval):
    """Adds the hits to the pool as often as it checks its statistics. Returns the function that stops it."""
    timer = GLib.timeout_source_new(interval)
    # Before the pool checks.
    timer.set_priority(GLib.PRIORITY_DEFAULT - 1)
    # A closure, since PyGObject 3.42 leaks memory at each callback.
    GObject.source_set_closure(timer, partial(_tell, ref(pool)))
    timer.attach(pool._table.context)
    # The end of the pool stops the timer.
    end = finalize(pool, timer.destroy)
    end.atexit = False
    return end


def _follow_interval(pool, _pspec=None):
    table = pool._table
    # The number before the interval: the thread with the last number has read the last interval.
    number = next(table.numbers)
    interval = pool.get_stats_interval()
    table.timers[number] = _start_timer(pool, interval) if interval > 0 else None
    for earlier in sorted(table.timers)[:-1]:
        end = table.timers.pop(earlier, None)
        if end is not None:
            end()


class _Props:
    """GObject's props, read after the hits that Python answered have been added to the pool."""

    _get = getattr_static(GObject.Object, "props").__get__

    def __get__(self, pool, owner=None):
        if pool is not None:
            pool._tell_hits()
        return self._get(pool, owner)


def _prepared(pool):
    pool._prepare()
    return pool


class Pool(Intern.Pool):
    """A pool of strings: one object for equal strings.

    pool.intern(s) returns the same object for equal strings, the first one it has seen, so that
    "is" compares them. len(pool), "s in pool" and "for s in pool" work as for a set. pool[atom] is the
    string of an atom.
    """

    props = _Props()

    def __init__(self, **properties):
        super().__init__(**properties)
        self._prepare()

    @classmethod
    def new(cls):
        """Create an empty pool; Intern.Pool() is the same."""
        return cls()

    @staticmethod
    def get_default():
        """The pool that the whole process shares."""
        return _prepared(Intern.Pool.get_default())

    @staticmethod
    def new_child(parent):
        """Create a pool on top of a frozen one: it finds its strings, and adds new ones to itself."""
        return _prepared(Intern.Pool.new_child(parent))

    @staticmethod
    def new_from_bytes(bytes):
        """Open a snapshot from to_bytes()."""
        return _prepared(Intern.Pool.new_from_bytes(bytes))

    @staticmethod
    def new_from_file(file, flags=Intern.SnapshotFlags.NONE, cancellable=None):
        """Open a snapshot in a file: a path or a Gio.File."""
        return _prepared(Intern.Pool.new_from_file(_to_file(file), flags, cancellable))

    @staticmethod
    def new_from_file_async(file, flags=Intern.SnapshotFlags.NONE, cancellable=None, callback=None, *user_data):
        """Open a snapshot; call new_from_file_finish() in the callback."""
        Intern.Pool.new_from_file_async(_to_file(file), flags, cancellable, callback, *user_data)

    @staticmethod
    def new_from_file_finish(result):
        """Return the pool that new_from_file_async() has opened."""
        return _prepared(Intern.Pool.new_from_file_finish(result))

    # For a pool created by C code this runs when Python first uses it, without __init__().
    def _prepare(self):
        state = self.__dict__
        if "_table" in state:
            return
        # setdefault() lets racing threads agree on one table.
        mine = _Table(self._learn)
        table = state.setdefault("_table", mine)
        if table is mine:
            self.connect("cleared", _forget)
            self.connect("notify::stats-interval", _follow_interval)
            _follow_interval(self)
            self.intern = update_wrapper(table.repeats, Pool.intern)

    def __getattr__(self, name):
        if name != "_table":
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        self._prepare()
        return self._table

    def _tell_hits(self):
        n_hits, n_bytes = self._table.take_hits()
        if n_hits > 0:
            self.add_hits(n_hits, n_bytes)

    def _learn(self, string):
        if type(string) is not str or "\0" in string or not string.isascii():
            return self._learn_any(string)
        # C takes it as it is: a GLib.Bytes would take longer than all else.
        _intern(self, string)
        return self._table.keep(string, len(string))

    def _learn_any(self, string):
        _check_str(string)
        data = _encode(string)
        if _NOT_TEXT.search(string):
            super().intern_bytes(GLib.Bytes.new(data))
        else:
            _intern(self, string)
        return self._table.keep(string, len(data))

    # The name in a TypeError about the arguments.
    _learn.__qualname__ = "Pool.intern"

    def intern(self, string):
        """Return the one object for all strings equal to this one.

        It is the first such str that Python has passed to the pool. Raises GLib.Error if a limit of
        the pool refuses the string, and TypeError, as sys.intern() does, for anything but a plain str.
        """
        return self._table.repeats(string)

    def intern_bytes(self, data):
        """Return the one object for equal bytes; for GLib.Bytes a view of the pool's own copy.

        A view is not a copy. It keeps the memory of the pool's strings alive.
        """
        if isinstance(data, GLib.Bytes):
            return super().intern_bytes(data)
        if type(data) is not bytes:
            raise TypeError(f"intern_bytes() argument must be bytes or GLib.Bytes, not {type(data).__name__}")
        super().intern_bytes(GLib.Bytes.new(data))
        return self._table.keep(data, len(data))

    def lookup(self, string):
        """Return what intern() would if the pool holds the string, else None.

        Never adds to the pool. A string that only code in other languages has interned has no
        object yet: then the argument is returned.
        """
        if not isinstance(string, (str, bytes)):
            raise TypeError(f"lookup() argument must be str or bytes, not {type(string).__name__}")
        data = _to_gbytes(string)
        if not super().contains_bytes(data):
            return None
        # The search has been counted, but not the bytes of the returned string.
        self.add_hits(0, data.get_size())
        return self._table.kept_for(string).get(string, string)

    def contains(self, string):
        """The same as "string in pool"."""
        return string in self

    def contains_bytes(self, data):
        """The same as "data in pool"."""
        return data in self

    def foreach_bytes(self, func, *args):
        """Call func(data, *args) with the bytes of each string until it returns False."""
        for data in self._all_bytes():
            if func(data, *args) is False:
                break

    def _all_bytes(self):
        """Returns the bytes of all strings.

        Takes them by a function in C, since PyGObject swallows what a signal handler raises while it runs a
        function in Python, and goes on as if that had returned False.
        """
        found = {}
        super().foreach_bytes(found.setdefault)
        if b"" in found:
            # setdefault() has returned its length, 0, which ends the iteration. Start anew, not with what was found:
            # the pool may have been cleared in between.
            found = {b"": True}
            super().foreach_bytes(found.setdefault)
        return found

    def atom_from_string(self, string):
        """Intern a str and return its atom: its number, valid in this pool until it is cleared."""
        _check_text("atom_from_string", string)
        # For C the string would end at its first NUL.
        return self.encode((string,))[0] if "\0" in string else super().atom_from_string(string)

    def lookup_atom(self, string):
        """Return the atom of a str, or 0 if it has none. Never adds to the pool."""
        _check_text("lookup_atom", string)
        if "\0" in string:
            raise ValueError("embedded null character")
        return super().lookup_atom(string)

    def atom_to_string(self, atom):
        """Return what decode() returns for one atom, or None if the pool has no such atom or it is 0."""
        try:
            return self.decode((atom,))[0]
        except GLib.Error as error:
            if error.matches(Intern.error_quark(), Intern.Error.INVALID_ATOM):
                return None
            raise

    def encode(self, strings):
        """Intern all strings and return their atoms as an array("I").

        A missing value has the atom 0: None, or what NumPy and pandas have in its place, such as NaN.
        NumPy and others can use the array without a copy. This is one call of the pool for any
        number of strings.
        """
        if isinstance(strings, (str, bytes)):
            raise TypeError(f"encode() argument must be an iterable of str, not {type(strings).__name__}")
        if not isinstance(strings, (list, tuple)):
            strings = list(strings)
        try:
            return self._encode_all(strings)
        except TypeError:
            pass
        try:
            return self._encode_present(strings, [value is not None for value in strings])
        except TypeError:
            return self._encode_present(strings, _find_present(strings))

    def _encode_all(self, strings):
        return self.encode_delimited(*_end_each(strings)) if strings else array("I")

    def _encode_present(self, strings, present):
        try:
            atoms = self._encode_all(list(compress(strings, present)))
        except GLib.Error as error:
            places = list(compress(count(), present))
            _correct_position(error, lambda position, _atom: places[position])
            raise
        return _spread(atoms, present)

    def encode_delimited(self, text, delimiter=b"\n"):
        """Like encode(), for strings in one bytes object, each ended by the delimiter.

        The last one may lack it. This is the fastest way to intern strings: it creates no str.
        """
        if isinstance(text, str):
            raise TypeError("encode_delimited() argument must be bytes, not str")
        if not isinstance(text, GLib.Bytes):
            text = GLib.Bytes.new(bytes(memoryview(text)))
        return array("I", super().encode_delimited(text, _to_byte(delimiter)).get_data())

    def decode(self, atoms):
        """Return the strings of these atoms as a list: str, or bytes for those that are not UTF-8.

        For 0, a missing value, the list has None. Equal atoms get the same object, which is that of
        intern() if it exists.
        """
        atoms = _to_atoms(atoms)
        # The number of strings is the highest atom if each has one, and needs no search of the column.
        for find_highest in (self.get_n_strings, partial(max, atoms, default=0)):
            strings = self._objects_up_to(find_highest(), len(atoms) // 4)
            try:
                if strings is not None:
                    return [strings[atom] for atom in atoms]
            except IndexError:
                # A higher atom; perhaps one that does not exist.
                pass
        strings = self._objects_by_atom(atoms)
        return [strings[atom] for atom in atoms]

    def to_numpy(self, atoms, na_value=None):
        """Return what decode() does as a NumPy array of objects, with na_value for each missing value.

        If na_value is numpy.ma.masked, the array is a masked one.
        """
        import numpy

        atoms = _to_atoms(atoms)
        values = numpy.empty(len(atoms), dtype=object)
        values[:] = self.decode(atoms)
        if na_value is numpy.ma.masked:
            values = numpy.ma.array(values)
        if na_value is not None:
            values[numpy.asarray(atoms) == 0] = na_value
        return values

    def decode_delimited(self, atoms, delimiter=b"\n"):
        """Return the strings of these atoms as one bytes object, with the delimiter after each."""
        atoms = GLib.Bytes.new(_to_atoms(atoms).tobytes())
        return super().decode_delimited(atoms, _to_byte(delimiter)).get_data()

    def _objects_up_to(self, highest, limit):
        """Returns a list with the object of each atom at its number, or None if that takes too long or fails.

        To get a few objects too many takes less time than to search a column for its distinct atoms.
        """
        if highest > limit:
            return None
        try:
            return [None, *self._objects_of(array("I", range(1, highest + 1)))]
        except GLib.Error as error:
            # Some strings have no atom, or the lowest atoms are from before clear().
            if error.matches(Intern.error_quark(), Intern.Error.INVALID_ATOM):
                return None
            raise

    def _objects_by_atom(self, atoms):
        """Returns a dict with the object of each of these atoms."""
        distinct = array("I", set(atoms) - {0})
        try:
            return {0: None, **dict(zip(distinct, self._objects_of(distinct)))}
        except GLib.Error as error:
            _correct_position(error, lambda _position, atom: atoms.index(atom))
            raise

    def _objects_of(self, atoms):
        # As one text, split at a byte that none of them contains: NULs are rare, and UTF-8 never
        # contains 0xFF. A single string that contains both is read as bytes.
        for delimiter in (0, 0xFF) if len(atoms) > 1 else (0,):
            try:
                return self._table.objects_for(self.decode_delimited(atoms, delimiter), delimiter)
            except GLib.Error as error:
                if not error.matches(Intern.error_quark(), Intern.Error.UNSUPPORTED):
                    raise
        if len(atoms) == 1:
            return [self._table.object_for(self.atom_to_bytes(atoms[0]).get_data())]
        # With a few such strings among many, most of the 16 parts are without.
        size = -(-len(atoms) // 16)
        parts = (atoms[start:start + size] for start in range(0, len(atoms), size))
        return [string for part in parts for string in self._objects_of(part)]

    def translate(self, other):
        """Return an array("I") that maps the atoms of the other pool to those of this one."""
        return array("I", super().translate(other))

    def load_stream(self, stream, delimiter=b"\n", progress=None, cancellable=None):
        """Intern all strings of a Gio.InputStream, each ended by the delimiter; return their number.

        Calls progress(n_bytes, n_strings) from time to time. What it raises cancels the call, with its cancellable,
        and is raised again. What a signal handler raises while progress is called may only be printed.
        """
        if progress is None:
            return super().load_stream(stream, _to_byte(delimiter), None, None, cancellable)[1]

        raised = []
        cancellable = cancellable or Gio.Cancellable()

        def tell(n_bytes, n_strings, *_ignored):
            try:
                progress(n_bytes, n_strings)
            except BaseException as error:
                raised.append(error)
                cancellable.cancel()

        try:
            n_strings = super().load_stream(stream, _to_byte(delimiter), tell, None, cancellable)[1]
        except GLib.Error:
            if not raised:
                raise
        if raised:
            raise raised[0]
        return n_strings

    def load_stream_async(self, stream, delimiter=b"\n", io_priority=GLib.PRIORITY_DEFAULT, cancellable=None,
                          progress=None, callback=None, *user_data):
        """Like load_stream(), without blocking: calls callback(pool, result, *user_data) at the end."""
        # PyGObject calls the first of two callbacks only if its user data is a tuple.
        super().load_stream_async(stream, _to_byte(delimiter), io_priority, cancellable, progress, (),
                                  callback, *user_data)

    def load_stream_finish(self, result):
        """Return the number of strings that load_stream_async() has interned."""
        return super().load_stream_finish(result)[1]

    def save(self, file, cancellable=None):
        """Save a snapshot to a file: a path or a Gio.File."""
        return super().save(_to_file(file), cancellable)

    def save_async(self, file, cancellable=None, callback=None, *user_data):
        """Save a snapshot; call save_finish() in the callback."""
        super().save_async(_to_file(file), cancellable, callback, *user_data)

    def clear(self):
        """Remove all strings. Returned objects stay valid, but no longer belong to the pool."""
        super().clear()
        # The forked child of a threaded process emits no signals.
        if self.get_n_strings() == 0:
            _forget(self)

    def get_stats(self):
        self._tell_hits()
        return super().get_stats()

    def reset_stats(self):
        self._tell_hits()
        super().reset_stats()

    def get_property(self, name):
        self._tell_hits()
        return super().get_property(name)

    def get_properties(self, *names):
        self._tell_hits()
        return super().get_properties(*names)

    @property
    def stats(self):
        """All statistics at one moment, as a named tuple."""
        stats = self.get_stats()
        return Stats(*(getattr(stats, name) for name in Stats._fields))

    def __len__(self):
        return self.get_n_strings()

    def __bool__(self):
        # An empty pool is true, so that "pool or other" tests for None.
        return True

    def __getitem__(self, atom):
        """Return the string of an atom, as decode() does; raise KeyError for a number that is not an atom."""
        number = index(atom)
        string = self.atom_to_string(number) if 0 < number < 1 << 32 else None
        if string is None and number != 0:
            raise KeyError(atom)
        return string

    # Atoms are not positions: the highest need not be len(pool).
    __reversed__ = None

    def __contains__(self, string):
        data = _to_gbytes(string)
        return data is not None and super().contains_bytes(data)

    def __iter__(self):
        return map(self._table.object_for, self._all_bytes())

    def __repr__(self):
        stats = self.stats
        return (f"<{type(self).__name__} object at {id(self):#x}: "
                f"{stats.n_strings} strings, hit ratio {stats.hit_ratio:.2f}>")


Pool = override(Pool)
__all__.append("Pool")


class PoolItem(Intern.PoolItem):
    """A row of a PoolModel."""

    string = property(Intern.PoolItem.get_string, doc="The string as valid UTF-8.")
    length = property(Intern.PoolItem.get_length, doc="The length of the pool's string in bytes.")
    atom = property(Intern.PoolItem.get_atom, doc="The atom of the string in the pool.")

    def __repr__(self):
        return f"<{type(self).__name__} {self.atom}: {self.string!r}>"


PoolItem = override(PoolItem)
__all__.append("PoolItem")


def snapshot_query_info(file, cancellable=None):
    """Return what the header of a snapshot says, as a GLib.Variant. The file is a path or a Gio.File."""
    return Intern.snapshot_query_info(_to_file(file), cancellable)


__all__.append("snapshot_query_info")
