#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Where the tool writes, and what it leaves behind: test-output.py TOOL MAN-PAGE [unittest arguments]

What happens to a file is the same for every command, so most tests take one that shows it.
"""

import os
import re
import resource
import signal
import stat
import subprocess

import harness
from harness import TOOL, pack, run

SAME_FILE = b'.*: This is the same file as .*: give each output a file of its own'
THERE_IS_ONE = b'.*: The file exists: use --force to replace it'
CLOSED = rb'standard output: It is closed, or open for reading only: open it for writing'

# The tiny tool does as on a file system without links, where nothing can be exchanged either.
HAS_LINKS = 'tiny' not in os.path.basename(TOOL)


def setUpModule():  # the name that unittest looks for
    """A shell that starts a program in the background ignores signals for it, and its children inherit that."""
    for number in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


class OutputTestCase(harness.ToolTestCase):
    def setUp(self):
        super().setUp()
        self.path('text', b'a\nb\na\n')

    def contents(self):
        """{name: bytes} of what is in the folder, links as where they lead."""
        found = {}
        for name in self.files():
            path = self.path(name)
            found[name] = os.readlink(path) if os.path.islink(path) else \
                sorted(os.listdir(path)) if os.path.isdir(path) else self.read(name)
        return found

    def assert_refused(self, message, *args, **options):
        """Nothing in the folder is changed."""
        before = self.contents()
        self.assert_fails(message, *args, cwd=self.folder.name, **options)
        self.assertEqual(self.contents(), before, args)

    def assert_is_text(self, dictionary, ids):
        self.assertEqual(self.succeed('decode', '-D', self.path(dictionary), self.path(ids)), self.read('text'))

    def temporaries(self):
        return [name for name in self.files() if name.startswith('.intern-pool-')]

    def start(self, *args, n_temporaries, **options):
        """A process that has opened its outputs and waits for input."""
        process = subprocess.Popen([TOOL, *args], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder.name,
                                   **options)
        self.wait_until(lambda: len(self.temporaries()) == n_temporaries)
        return process

    def finish(self, process, data=b''):
        """(exit status, standard error)"""
        errors = process.communicate(data, timeout=60)[1]
        return process.returncode, errors


class TestFiles(OutputTestCase):
    def test_nothing_is_replaced_without_force(self):
        self.path('dict', b'old')
        for args in [('encode', '-D', 'dict', '-o', 'ids'), ('encode', '-D', 'ids', '-o', 'dict'),
                     ('encode', '--arrow', '-o', 'dict'), ('snapshot', 'build', '-o', 'dict')]:
            self.assert_refused(THERE_IS_ONE, *args, data=b'a\n')
        self.path('good', pack([b'a'], 1))
        self.assert_refused(THERE_IS_ONE, 'decode', '-D', 'good', '-o', 'dict', data=b'\0\0\0\0')

    def test_force_keeps_links_and_permissions(self):
        target, link = self.path('target', b'old'), self.path('link')
        os.chmod(target, 0o640)
        os.symlink('target', link)
        self.succeed('encode', '--force', '-D', link, '-o', self.path('ids'), data=b'a\n')
        self.assertTrue(os.path.islink(link))
        self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o640)
        self.assertEqual(self.read('target'), pack([b'a'], 1))
        self.assertEqual(self.files(), ['ids', 'link', 'target', 'text'])

    def test_force_keeps_the_owner(self):
        if os.geteuid() != 0:
            self.skipTest('only root may give files away')
        path = self.path('ids', b'old')
        os.chown(path, 1234, 2345)
        self.succeed('encode', '--force', '-D', self.path('dict'), '-o', path, data=b'a\n')
        self.assertEqual((os.stat(path).st_uid, os.stat(path).st_gid), (1234, 2345))

    def test_a_link_to_nothing_becomes_a_link_to_the_file(self):
        os.mkdir(self.path('folder'))
        os.symlink('folder/new', self.path('link'))
        os.symlink('link', self.path('link to it'))
        self.succeed('snapshot', 'build', '-o', self.path('link to it'), data=b'a\n')
        self.assertTrue(os.path.islink(self.path('link')) and os.path.isfile(self.path('folder/new')))

    def test_links_in_a_circle(self):
        os.symlink('two', self.path('one'))
        os.symlink('one', self.path('two'))
        self.assert_refused(b'one: Too many levels of symbolic links', 'snapshot', 'build', '-f', '-o', 'one')

    def test_new_files_have_the_usual_permissions(self):
        before = os.umask(0o027)
        self.addCleanup(os.umask, before)
        self.succeed('encode', '-D', self.path('dict'), data=b'a\n')
        self.assertEqual(stat.S_IMODE(os.stat(self.path('dict')).st_mode), 0o640)

    def test_failure_leaves_what_was_there(self):
        self.path('good', pack([b'a'], 2))
        self.path('old', b'old')
        self.assert_refused(b'standard input: Id 2, .*', 'decode', '--force', '-D', 'good', '-o', 'old',
                            data=b'\0\0\0\0')
        self.assert_refused(b'missing: No such file or directory', 'encode', '--force', '-D', 'good', '-o', 'old',
                            'missing')

    def test_what_cannot_be_written(self):
        for name, why in [('/dev/full', b'No space left on device'), (self.folder.name, b'Is a directory'),
                          ('no/such/folder', b'No such file or directory'), ('', b'No such file or directory'),
                          ('no-folder/', b'No such file or directory'), ('text/x', b'Not a directory')]:
            pattern = re.escape(name.encode()) + b': ' + why
            self.assert_refused(pattern, 'encode', '-D', name, '-o', 'ids', data=b'a\n')
            self.assert_refused(pattern, 'encode', '-D', 'dict', '-o', name, data=b'a\n' * 100000)

    def test_what_is_no_file_is_written_as_it_comes(self):
        self.succeed('encode', '-D', '/dev/null', data=b'a\n')
        self.assertTrue(stat.S_ISCHR(os.stat('/dev/null').st_mode))

    def test_input_may_be_replaced(self):
        path = self.path('ids', b'a\nb\na\n')
        self.succeed('encode', '--force', '-D', self.path('dict'), '-o', path, path)
        self.succeed('decode', '--force', '-D', self.path('dict'), '-o', path, path)
        self.assertEqual(self.read('ids'), b'a\nb\na\n')

    def test_names_as_long_as_a_file_system_takes(self):
        for length in range(240, 256):
            names = [self.path(letter * length) for letter in 'diast']
            for force in [], ['--force']:
                self.succeed('encode', *force, '-D', names[0], '-o', names[1], self.path('text'))
                self.succeed('encode', *force, '--arrow', '-o', names[2], self.path('text'))
                self.succeed('snapshot', 'build', *force, '-o', names[3], self.path('text'))
                self.succeed('decode', *force, '-D', names[0], '-o', names[4], names[1])
            self.assertEqual(self.read(names[4]), self.read('text'))
        self.assert_refused(b'.*: File name too long', 'snapshot', 'build', '-o', 'n' * 256)


class TestTwoNames(OutputTestCase):
    def test_names_of_no_file_yet(self):
        os.mkdir(self.path('folder'))
        os.symlink('folder', self.path('link'))
        os.symlink('folder/out', self.path('to out'))
        for one, other in [('out', './out'), ('out', self.path('out')), ('out', 'folder/../out'),
                           ('folder/out', 'link/out'), ('folder/out', 'to out'), ('to out', 'link/../link/out')]:
            for names in (one, other), (other, one):
                self.assert_refused(SAME_FILE, 'encode', '-D', names[0], '-o', names[1], 'text')
                self.assert_refused(SAME_FILE, 'encode', '--force', '-D', names[0], '-o', names[1], 'text')

    def test_names_of_a_file_that_is_there(self):
        self.path('out', b'old')
        os.symlink('out', self.path('symbolic'))
        os.link(self.path('out'), self.path('hard'))
        for one, other in [('out', './out'), ('out', 'symbolic'), ('out', 'hard'), ('symbolic', 'hard')]:
            for names in (one, other), (other, one):
                self.assert_refused(SAME_FILE, 'encode', '--force', '-D', names[0], '-o', names[1], 'text')

    def test_names_of_standard_output(self):
        os.symlink('/dev/stdout', self.path('link'))
        self.path('log', b'')
        for names in [('-', '/dev/stdout'), ('/dev/stdout', '-'), ('/dev/stdout', '/dev/fd/1'), ('link', '-'),
                      ('-', 'link'), ('log', '-'), ('log', '/dev/stdout'), ('/dev/stdout', 'log')]:
            with open(self.path('log'), 'wb') as log:
                self.assert_refused(SAME_FILE, 'encode', '--force', '-D', names[0], '-o', names[1], 'text', stdout=log)
        self.assert_refused(SAME_FILE, 'encode', '-D', '/dev/stdout', 'text')

    def test_files_of_one_name_in_two_folders(self):
        os.mkdir(self.path('folder'))
        self.succeed('encode', '-D', self.path('out'), '-o', self.path('folder/out'), self.path('text'))
        self.assert_is_text('out', 'folder/out')

    def test_input_that_would_be_written_while_it_is_read(self):
        self.succeed('encode', '-D', self.path('dict'), '-o', self.path('ids'), self.path('text'))
        message = b'.*: This is an output too, and would be written while it is read: name another output'
        for names in ['text', './text'], ['ids', '/dev/stdin'], ['dict', '-']:
            for output in '-', '/dev/stdout':
                with open(self.path(names[0]), 'ab') as file, open(self.path(names[0]), 'rb') as data:
                    options = {'stdout': file, 'stdin': data, 'data': None}
                    self.assert_refused(message, 'encode', '-D', 'new', '-o', output, names[1], **options)
                    if names[0] != 'dict':
                        self.assert_refused(message, 'decode', '-D', 'dict', '-o', output, names[1], **options)
        with open(self.path('dict'), 'ab') as file:
            self.assert_refused(message, 'decode', '-D', 'dict', 'ids', stdout=file)


class TestDescriptors(OutputTestCase):
    def test_standard_output_by_name_loses_nothing(self):
        os.symlink('/dev/stdout', self.path('link'))
        snapshot = self.succeed('snapshot', 'build', '-o', '-', self.path('text'))
        for name in '-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', self.path('link'):
            for options in [], ['--force']:
                for mode, before in ('ab', b'before\n'), ('wb', b''):
                    with open(self.path('log', b'before\n'), mode) as log:
                        log.write(b'first\n')
                        log.flush()
                        self.assertEqual(run('snapshot', 'build', *options, '-o', name, self.path('text'), stdout=log),
                                         (0, None, b''))
                        log.write(b'last\n')
                    self.assertEqual(self.read('log'), before + b'first\n' + snapshot + b'last\n', (name, mode))

    def test_other_descriptors(self):
        with open(self.path('log'), 'wb') as log:
            log.write(b'first\n')
            log.flush()
            name = '/dev/fd/{}'.format(log.fileno())
            self.succeed('encode', '--text', '-D', '/dev/null', '-o', name, self.path('text'), pass_fds=[log.fileno()])
            log.write(b'last\n')
        self.assertEqual(self.read('log'), b'first\n0\n1\n0\nlast\n')

    def test_descriptors_that_are_not_for_writing(self):
        message = b'/dev/fd/[0-9]+: It is closed, or open for reading only: open it for writing'
        with open(self.path('text'), 'rb') as data:
            self.assert_refused(message, 'snapshot', 'build', '-f', '-o', '/dev/fd/0', 'text', data=None, stdin=data)
        # Some of these the tool has opened itself, among them the one of the dictionary.
        for number in range(3, 10):
            self.assert_refused(message, 'encode', '-D', 'dict', '-o', '/dev/fd/{}'.format(number), 'text')


class TestTogether(OutputTestCase):
    def test_another_file_meanwhile(self):
        for name in 'dict', 'ids':
            process = self.start('encode', '-D', 'dict', '-o', 'ids', n_temporaries=2)
            self.path(name, b'of another')
            self.assertEqual(self.finish(process), (1, b'intern-pool: %s: The file exists: use --force to replace it\n'
                                                    % name.encode()))
            self.assertEqual(self.contents(), {name: b'of another', 'text': self.read('text')})
            os.unlink(self.path(name))

    def run_two_at_once(self, texts):
        """Their exit statuses. Both wait, and then finish at the same time."""
        processes = []
        for n in range(2):
            group = processes[0].pid if processes else 0
            processes.append(self.start('encode', '-D', 'dict', '-o', 'ids', n_temporaries=2 * n + 2,
                                        preexec_fn=lambda group=group: os.setpgid(0, group)))
        os.killpg(processes[0].pid, signal.SIGSTOP)
        for process, text in zip(processes, texts):
            process.stdin.write(text)
            process.stdin.close()
            process.stdin = None
        os.killpg(processes[0].pid, signal.SIGCONT)
        return [self.finish(process, None)[0] for process in processes]

    def test_of_two_at_once_one_has_both_files(self):
        texts = [b''.join(b'%d\n' % (n * factor) for n in range(200)) for factor in (1, 7)]
        for _ in range(60):
            statuses = self.run_two_at_once(texts)
            self.assertEqual(sorted(statuses), [0, 1])
            self.assertEqual(self.files(), ['dict', 'ids', 'text'])
            self.assertEqual(self.succeed('decode', '-D', self.path('dict'), self.path('ids')),
                             texts[statuses.index(0)])
            os.unlink(self.path('dict'))
            os.unlink(self.path('ids'))

    def test_with_force_the_old_dictionary_comes_back(self):
        process = self.start('encode', '--force', '-D', 'dict', '-o', 'ids', n_temporaries=2)
        self.path('dict', b'old')
        os.mkdir(self.path('ids'))
        self.path('ids/file', b'')
        self.assertEqual(self.finish(process), (1, b'intern-pool: ids: Is a directory\n'))
        expected = {'ids': ['file'], 'text': self.read('text')}
        self.assertEqual(self.contents(), dict(expected, dict=b'old') if HAS_LINKS else expected)

    def test_with_force_what_came_meanwhile_is_replaced(self):
        process = self.start('encode', '--force', '-D', 'dict', '-o', 'ids', n_temporaries=2)
        self.path('dict', b'old')
        self.path('ids', b'old')
        self.assertEqual(self.finish(process, self.read('text')), (0, b''))
        self.assertEqual(self.files(), ['dict', 'ids', 'text'])
        self.assert_is_text('dict', 'ids')


class TestSignals(OutputTestCase):
    @staticmethod
    def dump_no_core():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def test_every_signal_leaves_nothing(self):
        for name in ['HUP', 'QUIT', 'TERM', 'ABRT', 'ALRM', 'USR1', 'USR2', 'TRAP', 'XCPU', 'XFSZ', 'PIPE']:
            number = getattr(signal, 'SIG' + name)
            process = self.start('encode', '-D', 'dict', '-o', 'ids', n_temporaries=2, preexec_fn=self.dump_no_core)
            process.send_signal(number)
            # The input stays open: only the signal can have ended the program.
            process.wait(timeout=30)
            self.finish(process, None)
            self.assertEqual(process.returncode, -number, name)
            self.assertEqual(self.files(), ['text'], name)

    def test_interrupt_leaves_nothing(self):
        process = self.start('encode', '-D', 'dict', '-o', 'ids', n_temporaries=2)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        self.assertEqual(self.finish(process, None), (130, b'intern-pool: Interrupted\n'))
        self.assertEqual(self.files(), ['text'])

    def test_second_interrupt_leaves_nothing(self):
        """The first one ends the input, the second one finds the program on its way out: it has to wait until its
        message is read, and has not yet removed the ids."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b'x' * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        process = subprocess.Popen([TOOL, 'encode', '-D', 'dict', '-o', 'ids'], stdin=subprocess.PIPE, stderr=writer,
                                   cwd=self.folder.name)
        os.close(writer)
        self.wait_until(lambda: len(self.temporaries()) == 2)
        process.send_signal(signal.SIGINT)
        self.wait_until(lambda: len(self.temporaries()) == 1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), -signal.SIGINT)
        process.stdin.close()
        os.close(reader)
        self.assertEqual(self.files(), ['text'])

    def test_ignored_signals_stay_ignored(self):
        process = self.start('encode', '-D', 'dict', '-o', 'ids', n_temporaries=2,
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.assertEqual(self.finish(process, self.read('text')), (0, b''))
        self.assert_is_text('dict', 'ids')

    def test_pipe_without_a_reader(self):
        data = b''.join(b'%d\n' % n for n in range(100000))
        for restore, status in (True, -signal.SIGPIPE), (False, 1):
            reader, writer = os.pipe()
            os.close(reader)
            self.assertEqual(run('encode', '-D', self.path('dict'), data=data, stdout=writer, restore_signals=restore),
                             (status, None, b''))
            os.close(writer)
            self.assertEqual(self.files(), ['text'])

    def test_file_that_may_not_be_so_long(self):
        def limit():
            self.dump_no_core()
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
        data = b''.join(b'%d\n' % n for n in range(100000))
        for ignored, status in (False, -signal.SIGXFSZ), (True, 1):
            def prepare(ignored=ignored):
                limit()
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignored else signal.SIG_DFL)
            found, _output, errors = run('encode', '-D', self.path('dict'), '-o', self.path('ids'), data=data,
                                         preexec_fn=prepare)
            self.assertEqual(found, status)
            self.assertRegex(errors, b'File too large\n$' if ignored else b'^$')
            self.assertEqual(self.files(), ['text'])


class TestStandardDescriptors(OutputTestCase):
    def setUp(self):
        super().setUp()
        text = self.path('text')
        self.succeed('encode', '-D', self.path('dict'), '-o', self.path('ids'), text)
        self.succeed('snapshot', 'build', '-o', self.path('snapshot'), text)
        self.succeed('snapshot', 'build', '-o', self.path('other'), data=b'b\n')
        self.writing = [
            ['stat', 'text'], ['stat', '--json', 'text'], ['stat'], ['encode', '-D', 'new', 'text'],
            ['encode', '-D', '-', '-o', 'new', 'text'], ['decode', '-D', 'dict', 'ids'],
            ['snapshot', 'build', '-o', '-', 'text'],
            ['snapshot', 'info', 'snapshot'], ['snapshot', 'verify', 'snapshot'], ['snapshot', 'list', 'snapshot'],
            ['snapshot', 'diff', 'snapshot', 'other'], ['--help'], ['--version'], ['help', 'stat'],
            ['encode', '--help'], ['snapshot', '--help'], ['snapshot', 'list', '--help']]

    def assert_each_fails(self, why, *more, **options):
        for args in self.writing + list(more):
            before = self.contents()
            status, _output, errors = run(*args, cwd=self.folder.name, **options)
            self.assertEqual(status, 1, args)
            self.assertRegex(errors, b'^intern-pool[a-z ]*: ' + why + b'\n$', args)
            self.assertEqual(self.contents(), before, args)

    def test_closed_standard_output(self):
        self.assert_each_fails(CLOSED, ['snapshot', 'diff', 'snapshot', 'snapshot'], stdout=None,
                               preexec_fn=lambda: os.close(1))

    def test_standard_output_for_reading(self):
        with open('/dev/null', 'rb') as file:
            self.assert_each_fails(CLOSED, ['snapshot', 'diff', 'snapshot', 'snapshot'], stdout=file)

    def test_full_standard_output(self):
        with open('/dev/full', 'wb') as full:
            self.assert_each_fails(b'standard output: No space left on device', stdout=full)

    def test_files_are_not_taken_for_what_is_closed(self):
        for closed in [0], [1], [2], [0, 1], [1, 2], [0, 1, 2]:
            def close(closed=closed):
                for number in closed:
                    os.close(number)
            done = subprocess.run([TOOL, 'encode', '--force', '-D', 'new', '-o', 'new ids', 'text'], timeout=60,
                                  cwd=self.folder.name, preexec_fn=close, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 0, closed)
            self.assert_is_text('new', 'new ids')

    def test_closed_standard_input(self):
        before = self.contents()
        for args in ['stat'], ['encode', '-D', 'new', '-o', 'new ids'], ['snapshot', 'verify']:
            done = subprocess.run([TOOL, *args], timeout=60, cwd=self.folder.name, preexec_fn=lambda: os.close(0),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (1, b''), args)
            self.assertEqual(done.stderr, b'intern-pool: standard input: Bad file descriptor\n', args)
        self.assertEqual(self.contents(), before)


if __name__ == '__main__':
    harness.main()
