#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Commands of the tool in which one call of the C library fails: each in turn, or a choice of them.

Usage: test-tool-faults.py TOOL SHIM [--all]

A command that fails leaves with a status and a message, or with GLib's own message where there is no memory. What was
written over is then whole, and nothing is left beside it. A call that is interrupted or short changes nothing.
"""

import errno
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

TOOL, SHIM = map(os.path.abspath, sys.argv[1:3])
# Without --all, so many calls of a command fail: the first ones, and others at equal distances.
CHOICE = None if '--all' in sys.argv else 12
SHORT = 0
OLD = b'the old file\n'
TEXT = b''.join(b'line %d\n' % (n % 400) for n in range(1000))

# Each writes over the files at the end; {} is a folder that has the text.
COMMANDS = {
    'stat': (['stat', '{}/text'], []),
    'encode': (['encode', '--force', '--dictionary={}/dictionary', '--output={}/ids', '{}/text'],
               ['dictionary', 'ids']),
    'encode to standard output': (['encode', '--text', '--force', '--dictionary={}/dictionary', '{}/text'],
                                  ['dictionary']),
    'snapshot build': (['snapshot', 'build', '--force', '--output={}/snapshot', '{}/text'], ['snapshot']),
}

# The C library itself goes on after a write that is short.
FAULTS = [
    ('memory', errno.ENOMEM), ('open', errno.EMFILE), ('read', errno.EIO), ('read', errno.EINTR), ('read', SHORT),
    ('write', errno.ENOSPC), ('write', errno.EIO), ('close', errno.EIO),
]
FAULTS_OF_FILES = [('fsync', errno.EIO), ('rename', errno.EIO)]
HARMLESS = {errno.EINTR, SHORT}
MESSAGES_OF_GLIB = ('failed to allocate', 'error allocating', "from C library during 'malloc'")


class Run:
    """A command with a failure, in a new folder."""

    def __init__(self, command, fault=None):
        arguments, outputs = COMMANDS[command]
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            mark = folder / 'mark'
            (folder / 'text').write_bytes(TEXT)
            for output in outputs:
                (folder / output).write_bytes(OLD)
            environment = dict(os.environ, LC_ALL='C.UTF-8', G_SLICE='always-malloc', LD_PRELOAD=SHIM,
                               INTERN_FAULT_MARK=str(mark))
            environment.pop('INTERN_FAULT', None)
            if fault:
                environment['INTERN_FAULT'] = '{}:{}:{}'.format(*fault)
            done = subprocess.run([TOOL, *(word.format(name) for word in arguments)], env=environment, timeout=60,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
            self.status = done.returncode
            self.output = done.stdout.replace(name.encode(), b'FOLDER')
            self.message = done.stderr.decode(errors='replace')
            self.failed = mark.exists()
            mark.unlink(missing_ok=True)
            self.files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != 'text'}


def problem_of(run, command, fault, good):
    """What is wrong with a run, or None. good is the run without a failure."""
    outputs = COMMANDS[command][1]
    function, _, code = fault
    if run.status == 0 or code in HARMLESS:
        # Its failure was no harm.
        same = run.status == 0 and run.files == good.files
        return None if same and (command == 'stat' or run.output == good.output) else 'it is another result'
    if run.status < 0:
        if function != 'memory' or not any(text in run.message for text in MESSAGES_OF_GLIB):
            return f'it was ended by signal {-run.status}'
    elif not run.message.startswith('intern-pool: '):
        return 'it does not say what is wrong'
    if run.status > 0 and set(run.files) != set(outputs):
        return f'it left {sorted(run.files)}'
    for output in outputs:
        if run.files.get(output) not in (OLD, good.files[output]):
            return f'{output} is neither the old file nor the new one'
    return None


def numbers():
    """The calls that fail."""
    number, step = 1, 1
    while True:
        yield number
        if CHOICE and number >= CHOICE:
            step = step + step // 4 + 1
        number += step


def try_command(command, function, code):
    """(number of failures, problem)."""
    good = Run(command)
    if good.status != 0:
        return 0, f'it fails without a failure: {good.message}'
    n_failures = 0
    for number in numbers():
        fault = (function, number, code)
        run = Run(command, fault)
        if not run.failed:
            return n_failures, None if n_failures else 'the command makes no such call'
        n_failures += 1
        problem = problem_of(run, command, fault, good)
        if problem:
            return n_failures, f'call {number}: {problem}; status {run.status}: {run.message.strip()}'
    return n_failures, None


def main():
    total, bad = 0, False
    # Many commands abort.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cases = [(command, *fault) for command, (_, outputs) in COMMANDS.items()
             for fault in FAULTS + (FAULTS_OF_FILES if outputs else [])]
    print(f'1..{len(cases)}')
    for number, (command, function, code) in enumerate(cases, 1):
        n_failures, problem = try_command(command, function, code)
        total += n_failures
        name = f'{command}: {function}() {"is short" if code == SHORT else errno.errorcode[code]}'
        print(f'{"not ok" if problem else "ok"} {number} - {name}, {n_failures} times', flush=True)
        if problem:
            bad = True
            print(f'# {problem}', flush=True)
    print(f'# {total} failures in all')
    return int(bad)


if __name__ == '__main__':
    sys.exit(main())
