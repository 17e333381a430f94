# SPDX-License-Identifier: LGPL-2.1-or-later

"""What makes an Intern.Pool feel like Python: identity, len(), in, iteration, columns, statistics."""

from array import array
from collections import namedtuple
from functools import lru_cache, partial, update_wrapper
from inspect import getattr_static
from itertools import count
from weakref import finalize, ref

from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject

Intern = get_introspection_module("Intern")

__all__ = []

# PyGObject makes a class at its first use, and two threads that are both the first may get two
# classes, or one that is not finished. So these are made here.
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
    # A lone surrogate is no Unicode, yet part of a valid str: it gets bytes of its own, which
    # decode to the same str again.
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


def _check_text(call, string):
    if not isinstance(string, str):
        raise TypeError(f"{call}() argument must be str, not {type(string).__name__}")


def _check_str(string):
    # As sys.intern(): a subclass may compare as it likes, and then "equal" means nothing.
    if type(string) is str:
        return
    if isinstance(string, str):
        raise TypeError(f"can't intern {type(string).__name__}")
    raise TypeError(f"intern() argument must be str, not {type(string).__name__}")


def _end_each(strings):
    """The strings as one text, and the byte after each, which none of them holds."""
    if "\0" not in "".join(strings):
        return ("\0".join(strings) + "\0").encode(), 0
    # No UTF-8 has this byte.
    return b"\xff".join(map(str.encode, strings)) + b"\xff", 0xFF


def _to_byte(delimiter):
    if isinstance(delimiter, bytes) and len(delimiter) == 1:
        return delimiter[0]
    if isinstance(delimiter, int):
        return delimiter
    raise TypeError(f"a delimiter must be one byte, not {delimiter!r}")


def _to_atoms(atoms):
    """Numbers from wherever they are: in one copy from memory that holds them as the pool does."""
    if isinstance(atoms, GLib.Bytes):
        return array("I", atoms.get_data())
    try:
        view = memoryview(atoms)
    except TypeError:
        return array("I", atoms)
    return array("I", view.tobytes() if view.format == "I" else atoms)


class _Tally:
    """What Python has asked for since the pool was last cleared, for the statistics of the pool.

    It has no lock: a forked child or a signal handler could find one taken by a thread that does
    not go on. Wherever two threads may meet, one operation of a list or a dict decides.
    """

    def __init__(self):
        # How long the strings that came from Python are, in bytes; it only grows.
        self.lengths = []
        # How many of the lengths have been added up, and their sum.
        self.summed = (0, 0)
        # The last link of a chain. Each says how many repeats have been taken when it was added.
        self.taken = {"repeats": 0}

    def sum_up(self):
        """How many strings came from Python, and their bytes."""
        n_strings, n_bytes = self.summed
        new = self.lengths[n_strings:]
        # One tuple: whichever thread stores last, the two fit each other.
        self.summed = (n_strings + len(new), n_bytes + sum(new))
        return self.summed

    def take(self, count_repeats):
        """The repeats that no caller has taken before: how many, and their bytes at the mean length.

        count_repeats() gives the number of all. When two threads add a link after the same one,
        setdefault() keeps one of the two, and the other thread starts again behind it.
        """
        n_strings, n_bytes = self.sum_up()
        last = self.taken
        # The thread that learns the first string may not have added its length yet.
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
    """The objects that one pool has handed to Python, and the repeats not yet told to the pool.

    repeats answers repeats without running any Python: lru_cache() takes an exact str as its own
    key and calls the pool for everything else, so that a hit stays cheap and a str subclass
    never matches. It counts its hits, but not their lengths.
    """

    def __init__(self, learn):
        self.kept = {}
        self.repeats = lru_cache(maxsize=None)(learn)
        self.tally = _Tally()
        self.context = GLib.MainContext.ref_thread_default()
        # What ends the timer that tells of repeats; a later number replaces those before it.
        self.timers = {}
        self.numbers = count()

    def keep(self, string, length):
        # The first object wins, also when two threads or a handler bring an equal one meanwhile.
        kept = self.kept.setdefault(string, string)
        if kept is string and type(string) is str:
            self.tally.lengths.append(length)
        return kept

    def object_for(self, data):
        """The object that stands for these bytes of the pool: a str wherever they are text."""
        try:
            string = data.decode()
        except UnicodeDecodeError:
            string = _decode_surrogates(data)
            # Without proof that they came as a str they are not UTF-8, and stay bytes.
            if string not in self.kept:
                string = data
        return self.kept.get(string, string)

    def objects_for(self, text, delimiter):
        """The objects for the strings that the delimiter ends: all in one go if they are text."""
        if delimiter == 0:
            try:
                strings = text.decode().split("\0")[:-1]
            except UnicodeDecodeError:
                pass
            else:
                return list(map(self.kept.get, strings, strings))
        return list(map(self.object_for, text.split(bytes((delimiter,)))[:-1]))

    def take_hits(self):
        """The repeats since the last call: how many, and their bytes at the mean length."""
        return self.tally.take(lambda: self.repeats.cache_info().hits)

    def forget(self):
        # In this order: what a signal handler learns in between is kept.
        self.kept.clear()
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
    """Tell the pool of repeats as often as it looks at its figures. Returns what ends that."""
    timer = GLib.timeout_source_new(interval)
    # Before the pool looks.
    timer.set_priority(GLib.PRIORITY_DEFAULT - 1)
    # A closure, since PyGObject 3.42 loses some memory at each callback.
    GObject.source_set_closure(timer, partial(_tell, ref(pool)))
    timer.attach(pool._table.context)
    # It ends with the pool at the latest.
    end = finalize(pool, timer.destroy)
    end.atexit = False
    return end


def _follow_interval(pool, _pspec=None):
    table = pool._table
    # First the number, then the interval: the thread with the last number has seen the last interval.
    number = next(table.numbers)
    interval = pool.get_stats_interval()
    table.timers[number] = _start_timer(pool, interval) if interval > 0 else None
    for earlier in sorted(table.timers)[:-1]:
        end = table.timers.pop(earlier, None)
        if end is not None:
            end()


class _Props:
    """GObject's props, read after the pool has been told of the repeats that Python answered."""

    _get = getattr_static(GObject.Object, "props").__get__

    def __get__(self, pool, owner=None):
        if pool is not None:
            pool._tell_hits()
        return self._get(pool, owner)


def _prepared(pool):
    pool._prepare()
    return pool


class Pool(Intern.Pool):
    """A pool of strings: equal strings in, one object out.

    pool.intern(s) returns for equal strings the same object, the first one it has seen, so that
    "is" compares them. len(pool), "s in pool" and "for s in pool" do what they do with a set.
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
        """Create a pool over a frozen one: it finds what that has, and adds to itself."""
        return _prepared(Intern.Pool.new_child(parent))

    @staticmethod
    def new_from_bytes(bytes):
        """Open a snapshot that to_bytes() has made."""
        return _prepared(Intern.Pool.new_from_bytes(bytes))

    @staticmethod
    def new_from_file(file, flags, cancellable=None):
        """Open a snapshot in a Gio.File."""
        return _prepared(Intern.Pool.new_from_file(file, flags, cancellable))

    @staticmethod
    def new_from_file_finish(result):
        """Return the pool of the snapshot that new_from_file_async() has opened."""
        return _prepared(Intern.Pool.new_from_file_finish(result))

    # A pool that C code has made comes here when Python first uses it, without __init__().
    def _prepare(self):
        state = self.__dict__
        if "_table" in state:
            return
        # Two threads agree on one table.
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
        _check_str(string)
        data = _encode(string)
        # As bytes, which keep NULs and lone surrogates.
        super().intern_bytes(GLib.Bytes.new(data))
        return self._table.keep(string, len(data))

    # The name in the errors about wrong arguments.
    _learn.__qualname__ = "Pool.intern"

    def intern(self, string):
        """Return the object that stands for all strings equal to this one.

        It is the first such str that the pool has seen from Python. Raises GLib.Error if a limit
        of the pool refuses the string, and TypeError, as sys.intern(), for all but a plain str.
        """
        return self._table.repeats(string)

    def intern_bytes(self, data):
        """Return the one object for equal bytes; for GLib.Bytes a view of the pool's own copy.

        A view copies nothing, and keeps the memory of the pool's strings alive.
        """
        if isinstance(data, GLib.Bytes):
            return super().intern_bytes(data)
        if type(data) is not bytes:
            raise TypeError(f"intern_bytes() argument must be bytes or GLib.Bytes, not {type(data).__name__}")
        super().intern_bytes(GLib.Bytes.new(data))
        return self._table.keep(data, len(data))

    def lookup(self, string):
        """Return what intern() would, if the pool holds the string, and None if not.

        Never adds to the pool. A string that only code in other languages has interned has no
        object yet: the argument comes back.
        """
        if not isinstance(string, (str, bytes)):
            raise TypeError(f"lookup() argument must be str or bytes, not {type(string).__name__}")
        data = _to_gbytes(string)
        if not super().contains_bytes(data):
            return None
        # The search has been counted, but not that a string was handed out.
        self.add_hits(0, data.get_size())
        return self._table.kept.get(string, string)

    def contains(self, string):
        """The same as "string in pool"."""
        return string in self

    def contains_bytes(self, data):
        """The same as "data in pool"."""
        return data in self

    def foreach_bytes(self, func, *args):
        """Call func(data, *args) with the bytes of each string, until it returns False."""
        raised = []

        def call(data, _length):
            try:
                return func(data, *args) is not False
            except BaseException as error:
                raised.append(error)
                return False

        super().foreach_bytes(call)
        if raised:
            raise raised[0]

    def atom_from_string(self, string):
        """Intern a str and return its atom: a number for it, valid in this pool until it is cleared."""
        _check_text("atom_from_string", string)
        # C would see the end of the string at its first NUL.
        return self.encode((string,))[0] if "\0" in string else super().atom_from_string(string)

    def lookup_atom(self, string):
        """Return the atom of a str, and 0 if it has none. Never adds to the pool."""
        _check_text("lookup_atom", string)
        if "\0" in string:
            raise ValueError("embedded null character")
        return super().lookup_atom(string)

    def atom_to_string(self, atom):
        """Return what decode() gives for one atom, and None if the pool has no such atom."""
        try:
            return self.decode((atom,))[0]
        except GLib.Error as error:
            if error.matches(Intern.error_quark(), Intern.Error.INVALID_ATOM):
                return None
            raise

    def encode(self, strings):
        """Intern all strings, and return their atoms as an array("I").

        NumPy and others read the array where it lies. For a million strings this is one call of
        the pool, not a million.
        """
        if isinstance(strings, (str, bytes)):
            raise TypeError(f"encode() argument must be many str, not {type(strings).__name__}")
        if not isinstance(strings, (list, tuple)):
            strings = list(strings)
        return self.encode_delimited(*_end_each(strings)) if strings else array("I")

    def encode_delimited(self, text, delimiter=b"\n"):
        """Like encode(), for strings in one bytes object, each ended by the delimiter.

        The last one needs none. It is the fastest way in: there is no str for each string.
        """
        if isinstance(text, str):
            raise TypeError("encode_delimited() argument must be bytes, not str")
        if not isinstance(text, GLib.Bytes):
            text = GLib.Bytes.new(bytes(memoryview(text)))
        return array("I", super().encode_delimited(text, _to_byte(delimiter)).get_data())

    def decode(self, atoms):
        """Return the list of the strings of these atoms: str, and bytes for what is not UTF-8.

        Equal atoms get the same object, which is that of intern() if there is one.
        """
        atoms = _to_atoms(atoms)
        distinct = array("I", dict.fromkeys(atoms))
        strings = self._objects_of(distinct)
        if len(distinct) == len(atoms):
            return strings
        return list(map(dict(zip(distinct, strings)).__getitem__, atoms))

    def decode_delimited(self, atoms, delimiter=b"\n"):
        """Return the strings of these atoms as one bytes object, the delimiter after each."""
        atoms = GLib.Bytes.new(_to_atoms(atoms).tobytes())
        return super().decode_delimited(atoms, _to_byte(delimiter)).get_data()

    def _objects_of(self, atoms):
        # Taken apart at a byte that is in none of them: few strings hold a NUL, no UTF-8 holds 0xFF.
        # A single one comes as bytes instead.
        for delimiter in (0, 0xFF) if len(atoms) > 1 else (0,):
            try:
                return self._table.objects_for(self.decode_delimited(atoms, delimiter), delimiter)
            except GLib.Error as error:
                if not error.matches(Intern.error_quark(), Intern.Error.UNSUPPORTED):
                    raise
        if len(atoms) == 1:
            return [self._table.object_for(self.atom_to_bytes(atoms[0]).get_data())]
        # A few such strings among many: most parts are without.
        size = -(-len(atoms) // 16)
        parts = (atoms[start:start + size] for start in range(0, len(atoms), size))
        return [string for part in parts for string in self._objects_of(part)]

    def translate(self, other):
        """Return an array("I") that has, for each atom of the other pool, the atom of this one."""
        return array("I", super().translate(other))

    def load_stream(self, stream, delimiter=b"\n", progress=None, cancellable=None):
        """Intern all strings of a Gio.InputStream, each ended by the delimiter; return their number.

        progress(n_bytes, n_strings) is told how far it has come.
        """
        tell = progress and (lambda *how_far: progress(*how_far[:2]))
        return super().load_stream(stream, _to_byte(delimiter), tell, None, cancellable)[1]

    def load_stream_async(self, stream, delimiter=b"\n", io_priority=GLib.PRIORITY_DEFAULT, cancellable=None,
                          progress=None, callback=None, *user_data):
        """Like load_stream(), beside a main loop: callback(pool, result, *user_data) comes at the end."""
        # What the first of two callbacks gets must be a tuple, or PyGObject does not call it.
        super().load_stream_async(stream, _to_byte(delimiter), io_priority, cancellable, progress, (),
                                  callback, *user_data)

    def load_stream_finish(self, result):
        """Return the number of strings that load_stream_async() has interned."""
        return super().load_stream_finish(result)[1]

    def clear(self):
        """Remove all strings. What has been handed out lives on, but is no longer the pool's."""
        super().clear()
        # In a forked child of a threaded process no signal comes.
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
        # Not "has strings": "pool or other" asks whether there is a pool.
        return True

    def __contains__(self, string):
        data = _to_gbytes(string)
        return data is not None and super().contains_bytes(data)

    def __iter__(self):
        found = []
        super().foreach_bytes(lambda data, _length: found.append(data) is None)
        return map(self._table.object_for, found)

    def __repr__(self):
        stats = self.stats
        return (f"<{type(self).__name__} object at {id(self):#x}: "
                f"{stats.n_strings} strings, hit ratio {stats.hit_ratio:.2f}>")


Pool = override(Pool)
__all__.append("Pool")


class PoolItem(Intern.PoolItem):
    """A row of a PoolModel."""

    string = property(Intern.PoolItem.get_string, doc="The string, as text that can be shown.")
    length = property(Intern.PoolItem.get_length, doc="How many bytes it has in the pool.")
    atom = property(Intern.PoolItem.get_atom, doc="Its atom in the pool.")

    def __repr__(self):
        return f"<{type(self).__name__} {self.atom}: {self.string!r}>"


PoolItem = override(PoolItem)
__all__.append("PoolItem")
