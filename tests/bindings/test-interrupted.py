# SPDX-License-Identifier: LGPL-2.1-or-later

"""Threads that share a pool, a fork while they run, and a signal handler during a call.

The Python override must not use locks: in the child of a fork, or in a handler, the thread that holds
one would never release it.
"""

import faulthandler
import os
import signal
import sys
import threading
import unittest
import warnings

import gi

gi.require_version("Intern", "1")
from gi.module import get_introspection_module
from gi.repository import Gio, GLib, Intern


def classes():
    """Returns the classes that PyGObject has created so far."""
    modules = map(get_introspection_module, ("GLib", "GObject", "Gio", "Intern"))
    return {value for module in modules for value in vars(module).values() if isinstance(value, type)}


# The test itself uses the classes of the arguments.
ARGUMENTS = {Gio.File, Gio.MemoryInputStream, Intern.Pool, Intern.PoolModel, Intern.SnapshotFlags}
MADE_AT_FIRST = classes() | ARGUMENTS

# The timeout in seconds of the guards against a deadlock.
PATIENCE = 60
N_THREADS = 8
N_ROUNDS = 12
N_WORDS = 100
# All words have this length, so that the mean length of repeats is exact.
LENGTH = 8
N_CHILDREN = 200
N_INTERRUPTIONS = 500


def word(number):
    """Returns a new str each time."""
    return f"{number:0{LENGTH}}"


def meet_often(test):
    """Switches between threads as often as possible, also during a call."""
    test.addCleanup(sys.setswitchinterval, sys.getswitchinterval())
    sys.setswitchinterval(1e-6)


class TestFirstUse(unittest.TestCase):
    """PyGObject creates a class at its first use, which is not thread-safe."""

    def refused(self, call, *args):
        with self.assertRaises(GLib.Error):
            call(*args)

    def test_no_call_of_a_pool_creates_a_class(self):
        pool = Intern.Pool(stats_interval=1000, max_strings=100)
        pool.intern("a")
        pool.intern_bytes(b"a\xff")
        pool.lookup("a")
        atoms = pool.encode(["a", "b\0", "c"])
        pool.decode(atoms)
        pool.atom_to_string(pool.encode_delimited(bytes(range(1, 256)), 0)[0])
        pool.atom_to_bytes(atoms[0])
        self.refused(pool.decode, [1 << 20])
        pool.translate(Intern.Pool.get_default())
        pool.load_stream(Gio.MemoryInputStream.new_from_bytes(pool.to_bytes()), 0)
        self.refused(pool.encode, map(str, range(1000)))
        self.assertEqual(len(list(pool)), pool.stats.n_strings)
        pool.foreach_bytes(lambda data: None)
        opened = Intern.Pool.new_from_bytes(pool.to_bytes())
        opened.freeze()
        Intern.Pool.new_child(opened).props.stats_interval = 20
        self.refused(opened.intern, "new")
        self.refused(Intern.Pool.new_from_file, Gio.File.new_for_path("/nowhere"), Intern.SnapshotFlags.NONE)
        pool.clear()
        self.assertEqual({made.__name__ for made in classes() - MADE_AT_FIRST}, set())


class TestThreads(unittest.TestCase):
    def setUp(self):
        self.pool = Intern.Pool()
        self.barrier = threading.Barrier(N_THREADS, timeout=PATIENCE)
        self.failures = []
        meet_often(self)

    def read(self, last):
        now = self.pool.stats
        self.assertGreaterEqual(now.n_hits, last.n_hits)
        return now

    def check_all(self, n_rounds):
        stats = self.pool.stats
        n_calls = n_rounds * N_THREADS * N_WORDS * 2
        self.assertEqual((stats.n_strings, stats.n_lookups), (N_WORDS, n_calls))
        self.assertEqual(stats.n_misses, N_WORDS * ((n_rounds + 1) // 2))
        self.assertEqual(stats.bytes_requested, LENGTH * n_calls)

    def intern_all(self, number):
        last = self.pool.stats
        for i in range(N_WORDS):
            # Each thread starts at another word, so that they intern new words at the same time.
            mine = word((number * N_WORDS // N_THREADS + i) % N_WORDS)
            self.assertIs(self.pool.intern(mine), self.pool.intern(word(int(mine))))
            last = self.read(last)

    def work(self, number):
        try:
            for n_rounds in range(1, N_ROUNDS + 1):
                self.intern_all(number)
                # Counts are exact when no thread uses the pool, and clear() needs exclusive access.
                self.barrier.wait()
                if number == 0:
                    self.check_all(n_rounds)
                    if n_rounds % 2 == 0:
                        self.pool.clear()
                self.barrier.wait()
        except BaseException as error:
            self.failures.append(error)
            self.barrier.abort()

    def test_counts_are_exact(self):
        threads = [threading.Thread(target=self.work, args=(number,)) for number in range(N_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in self.failures:
            raise error


class TestFork(unittest.TestCase):
    def setUp(self):
        self.pool = Intern.Pool()
        self.pool.intern("before")
        self.done = False
        meet_often(self)
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(N_THREADS)]
        for thread in self.threads:
            thread.start()
        self.addCleanup(self.stop)
        # Python 3.12 and later warn at each fork with threads.
        warnings.simplefilter("ignore", DeprecationWarning)

    def stop(self):
        self.done = True
        for thread in self.threads:
            thread.join()

    def work(self, number):
        i = 0
        while not self.done:
            i += 1
            self.pool.intern(word(number * N_WORDS + i % N_WORDS))
            self.pool.intern(f"{number} {i}" if i % N_WORDS == 0 else "before")
            self.pool.stats

    def child(self):
        # If the alarm kills the child, the parent fails.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        before = self.pool.stats
        for _ in range(3):
            self.pool.intern("before")
        after = self.pool.stats
        return after.n_hits == before.n_hits + 3 and self.pool.intern(word(0)) in self.pool

    def test_a_child_of_busy_threads_reads_statistics(self):
        for i in range(N_CHILDREN):
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    status = 0 if self.child() else 2
                finally:
                    os._exit(status)
            self.assertEqual(os.waitpid(pid, 0)[1], 0, f"child {i}")


class TestSignals(unittest.TestCase):
    def setUp(self):
        self.pool = Intern.Pool()
        self.n_interruptions = 0
        # A deadlock in a handler cannot be reported otherwise.
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        self.addCleanup(faulthandler.cancel_dump_traceback_later)
        previous = signal.signal(signal.SIGALRM, self.interrupt)
        self.addCleanup(signal.signal, signal.SIGALRM, previous)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)

    def use(self, number):
        for i in range(10):
            self.pool.intern(word(number + i))
        return self.pool.stats

    def interrupt(self, _number, _frame):
        self.n_interruptions += 1
        self.use(self.n_interruptions)

    def test_a_handler_reads_statistics_while_a_call_reads_them(self):
        n_calls = 0
        while self.n_interruptions < N_INTERRUPTIONS:
            self.use(n_calls % N_WORDS)
            n_calls += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        stats = self.pool.stats
        self.assertEqual(stats.n_lookups, 10 * (n_calls + self.n_interruptions))
        self.assertEqual(stats.bytes_requested, LENGTH * stats.n_lookups)


class Interruption(Exception):
    pass


class TestHandlersThatRaise(unittest.TestCase):
    """Handlers that raise, as that of SIGINT does. PyGObject swallows exceptions in callbacks that C calls."""

    def setUp(self):
        self.pool = Intern.Pool()
        self.pool.encode([""] + [f"string {i}" for i in range(50000)])
        previous = signal.signal(signal.SIGALRM, self.interrupt)
        self.addCleanup(signal.signal, signal.SIGALRM, previous)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        self.armed = False

    def interrupt(self, _number, _frame):
        if self.armed:
            self.armed = False
            raise Interruption

    def check(self, iterate):
        """Checks that the exception is raised or no string is missing."""
        n_raised = 0
        for i in range(40):
            try:
                self.armed = True
                signal.setitimer(signal.ITIMER_REAL, 0.001 * (i % 20 + 1))
                self.assertEqual(iterate(), len(self.pool))
                self.armed = False
            except Interruption:
                n_raised += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.assertGreater(n_raised, 0)

    def test_an_iteration_loses_no_string(self):
        self.check(lambda: len(list(self.pool)))

    def test_foreach_bytes_loses_no_string(self):
        def count():
            found = []
            self.pool.foreach_bytes(found.append)
            return len(found)

        self.check(count)


if __name__ == "__main__":
    unittest.main()
