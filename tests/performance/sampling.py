# SPDX-License-Identifier: LGPL-2.1-or-later

"""Shared by the runners: building, one process for each sample, all in turns, and facts about the machine."""

import hashlib
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TIMEOUT = 600  # seconds a sample


def quietly(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f'{result.stdout}\n{command[0]} failed')


def configure(build):
    if not (build / 'build.ninja').exists():
        quietly(['meson', 'setup', build, ROOT, '--buildtype=debugoptimized', '-Dintrospection=disabled',
                 '-Dvapi=disabled', '-Dtests=enabled'])
    quietly(['ninja', '-C', build, 'build.ninja'])


def ask(command, env=None):
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    answer = json.loads(result.stdout)
    if not isinstance(answer, dict):
        raise ValueError(result.stdout)
    return answer


def describe(error):
    if isinstance(error, subprocess.TimeoutExpired):
        return f'no answer in {TIMEOUT} s'
    if isinstance(error, subprocess.CalledProcessError):
        lines = error.stderr.strip().splitlines() or ['']
        return f'ended with {error.returncode}: {lines[-1]}'
    return f'invalid answer: {error}'


def progress(text):
    if sys.stderr.isatty():
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)


def in_turns(n_rounds, jobs_of_round, name, measure):
    """In each round each of its jobs once, in random order, so that a slow minute of the machine affects all
    alike and no job always runs after the same one"""
    for number in range(n_rounds):
        if not sys.stderr.isatty():
            print(f'round {number + 1} of {n_rounds}', file=sys.stderr)
        shuffled = jobs_of_round(number)
        random.Random(number).shuffle(shuffled)
        for i, job in enumerate(shuffled):
            progress(f'round {number + 1} of {n_rounds}, {i + 1} of {len(shuffled)}: {name(job)}')
            measure(job)
    progress('')


def summarize(samples):
    values = [value for value, _ in samples]
    q1, median, q3 = statistics.quantiles(values, n=4, method='inclusive') if len(values) > 1 else values * 3
    cell = {'median': median, 'q1': q1, 'q3': q3, 'min': min(values), 'max': max(values), 'samples': values}
    # The histogram of the median sample.
    histogram = sorted(samples, key=lambda sample: sample[0])[len(samples) // 2][1]
    if histogram:
        cell['histogram'] = histogram
    return cell


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.split('\n')[0]
    except OSError:
        return ''


def huge_pages():
    # Containers and small kernels have none.
    setting = pathlib.Path('/sys/kernel/mm/transparent_hugepage/enabled')
    return setting.read_text().strip() if setting.exists() else 'none'


def machine():
    cpu = platform.processor() or platform.machine()
    for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            cpu = line.split(':', 1)[1].strip()
            break
    return {
        'cpu': cpu,
        'cpu_hash': hashlib.sha256(cpu.encode()).hexdigest()[:8],
        'processors': os.cpu_count(),
        'memory': os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'),
        'system': f'{platform.system()} {platform.release()}',
        'libc': ' '.join(platform.libc_ver()),
        'compiler': first_line(['cc', '--version']),
        'huge_pages': huge_pages(),
    }
