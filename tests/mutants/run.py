#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Plants one bug after the other in a copy of the sources, and runs the tests that should catch it.

Usage: run.py FOLDER [--only PATTERN] [--results FILE] [--list]
       run.py --page FILE --results FILE

FOLDER keeps the copy and its builds from one run to the next. Each mutant works in a copy of hard links, so only what
the mutant changes is compiled, and nothing has to be compiled back.

A mutant that its tests do not catch gets all tests of the suites unit, api and models. One that says why it survives
is expected to. The last line is that of all parts of .ci/run: a mutant has failed that survives without a reason, is
caught in spite of it, does not build or does not apply.

The second form writes the section of the manual from the results of the last run.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
MUTANTS = HERE / 'mutants.toml'
KINDS = {'boundary', 'branch', 'check', 'durability', 'give-back', 'lock', 'lost', 'order', 'swapped'}
FIELDS = {'name', 'file', 'kind', 'tests', 'old', 'new'}
FOLDERS = ('base', 'storage', 'cache', 'snapshot', 'store', 'pool')
WANTED_SHARE = 0.95
# A test that hangs has caught its mutant. It may take so many times the time of the processor that it takes without
# one, and so many seconds; and on a busy machine so many times as long.
PATIENCE = 5
LEAST_SECONDS = 5
BUSY = 10
JOBS = os.environ.get('INTERN_JOBS', str(os.cpu_count()))
SUITES = {'unit', 'api', 'models'}
PLAIN = ['-Dgtk_doc=false', '-Dintrospection=disabled', '-Dvapi=disabled', '-Dtool=disabled', '-Dman=false',
         '-Dtests=enabled', '-Ddebug=false',
         # What a mutant in a header changes is compiled in a few files.
         '-Dunity=on']
BUILDS = {
    'plain': ['-Doptimization=1'],
    'asan': ['-Doptimization=1', '-Db_sanitize=address', '-Db_lundef=false'],
    'tsan': ['-Doptimization=1', '-Db_sanitize=thread', '-Db_lundef=false'],
}
ENVIRONMENT = {
    'plain': {},
    'asan': {},
    # As in .ci/parts.sh.
    'tsan': {'TSAN_OPTIONS': 'halt_on_error=1:second_deadlock_stack=1:die_after_fork=0'},
}


class Failure(Exception):
    """What is wrong with a mutant or with the run, not with the library."""


def load_mutants(path=MUTANTS):
    with open(path, 'rb') as file:
        mutants = tomllib.load(file)['mutant']
    names = [mutant['name'] for mutant in mutants]
    for mutant in mutants:
        if set(mutant) - {'survives'} != FIELDS:
            raise Failure(f'{mutant.get("name")}: fields are missing or unknown')
        if mutant['kind'] not in KINDS or not mutant['tests'] or names.count(mutant['name']) > 1:
            raise Failure(f'{mutant["name"]}: the kind is unknown, no test is named, or the name is not unique')
        apply_to(mutant, (SOURCE / mutant['file']).read_text(encoding='utf-8'))
    return mutants


def apply_to(mutant, text):
    """Returns the text with the bug. What is to be replaced is there exactly once, or the mutant is out of date."""
    count = text.count(mutant['old'])
    if count != 1 or mutant['old'] == mutant['new']:
        raise Failure(f'{mutant["name"]}: its text is {count} times in {mutant["file"]}: bring it up to date')
    return text.replace(mutant['old'], mutant['new'])


def say(*words):
    print(*words, flush=True)


def log_of(tree):
    return tree.with_name(tree.name + '.log')


def run(command, log, **keywords):
    with open(log, 'ab') as output:
        return subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False, **keywords).returncode


def listed_sources():
    """The files of the tree as they are now, without those that Git ignores."""
    listing = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=SOURCE,
                             check=True, capture_output=True).stdout
    return {name for name in listing.decode().split('\0') if name and (SOURCE / name).is_file()}


def sync_tree(tree):
    """Copies what has changed: the rest keeps its time, and is not compiled again."""
    names = listed_sources()
    for path in [path for path in tree.rglob('*') if path.is_file()]:
        if str(path.relative_to(tree)) not in names and not str(path.relative_to(tree)).startswith('_'):
            path.unlink()
    for name in sorted(names):
        new, old = SOURCE / name, tree / name
        if not old.exists() or old.read_bytes() != new.read_bytes():
            old.parent.mkdir(parents=True, exist_ok=True)
            old.unlink(missing_ok=True)
            shutil.copy(new, old)


class Build:
    """A build of the sources without a bug, from which each mutant starts."""

    def __init__(self, kind, tree):
        self.kind, self.tree = kind, tree
        self.folder = tree / f'_{kind}'
        if (self.folder / 'build.ninja').exists():
            command = ['ninja', '-C', str(self.folder), 'build.ninja']
        else:
            command = ['meson', 'setup', str(self.folder), str(tree), *PLAIN, *BUILDS[kind]]
        if run(command, log_of(tree)) != 0:
            raise Failure(f'the build {kind} cannot be configured: see {log_of(tree)}')
        self.make_relative()
        listing = subprocess.run(['meson', 'introspect', '--tests', str(self.folder)], check=True, capture_output=True,
                                 text=True).stdout
        self.tests, self.seconds = {}, {}
        for test in json.loads(listing):
            suites = {suite.split(':')[-1] for suite in test['suite']}
            # Programs only: scripts would test what is not built here.
            if suites & SUITES and 'thorough' not in suites and test['cmd'][0].startswith(str(self.folder)):
                self.tests[test['name'].split(':')[-1]] = test

    def make_relative(self):
        """In a copy the files of a unity build include the sources of the copy."""
        for path in self.folder.rglob('*-unity*.c'):
            text = path.read_text(encoding='utf-8')
            if str(self.tree) in text:
                path.write_text(text.replace(str(self.tree), os.path.relpath(self.tree, path.parent)),
                                encoding='utf-8')

    def target(self, name):
        if name not in self.tests:
            raise Failure(f'there is no test {name} in the build {self.kind}')
        return str(pathlib.Path(self.tests[name]['cmd'][0]).relative_to(self.folder))

    def compile(self, names, tree=None):
        tree = tree or self.tree
        targets = sorted({self.target(name) for name in names})
        return run(['ninja', '-C', str(tree / self.folder.name), '-j', JOBS, *targets], log_of(tree)) == 0

    def failure(self, name, tree=None):
        """How a test fails in the tree of a mutant, or of none; None if it passes."""
        test = self.tests[name]
        seconds = int(max(LEAST_SECONDS, PATIENCE * self.seconds.get(name, test['timeout'])))
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)

        def moved(text):
            return text.replace(str(self.tree), str(tree or self.tree))

        # As Meson does: what is freed looks like nothing.
        environment = dict(os.environ, MALLOC_PERTURB_='165') | {
            key: moved(value) for key, value in test['env'].items()} | ENVIRONMENT[self.kind]
        with open(log_of(tree or self.tree), 'ab') as output:
            process = subprocess.Popen(['prlimit', f'--cpu={seconds}', *map(moved, test['cmd'])], env=environment,
                                       stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                                       cwd=moved(test['workdir'] or str(self.folder)))
            try:
                status = process.wait(BUSY * seconds)
                return None if status == 0 else f'{name}, which hangs' if status == -signal.SIGXCPU else name
            except subprocess.TimeoutExpired:
                return f'{name}, which hangs'
            finally:
                # Also the processes that the test has left.
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()
                if not tree:
                    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
                    self.seconds[name] = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime


def split_test(name):
    kind, _, rest = name.rpartition(':')
    return kind or 'plain', rest


class Mutations:
    def __init__(self, folder):
        self.folder = folder
        self.tree = folder / 'tree'
        self.tree.mkdir(parents=True, exist_ok=True)
        for log in folder.glob('*.log'):
            log.unlink()
        sync_tree(self.tree)
        self.builds = {}

    def build(self, kind):
        if kind not in self.builds:
            self.builds[kind] = Build(kind, self.tree)
        return self.builds[kind]

    def check_baseline(self, names):
        """Without a bug every test passes, or a mutant would be caught by nothing."""
        for kind in sorted({split_test(name)[0] for name in names}):
            build = self.build(kind)
            wanted = sorted({split_test(name)[1] for name in names if split_test(name)[0] == kind})
            everything = list(build.tests) if kind == 'plain' else wanted
            if not build.compile(everything):
                raise Failure(f'the sources do not build: see {log_of(self.tree)}')
            for name in everything:
                if build.failure(name):
                    raise Failure(f'{name} fails without a bug, in the build {kind}: see {log_of(self.tree)}')

    def copy(self):
        """A copy of the tree and its builds. Only what is written in place is copied in fact."""
        copy = self.folder / threading.current_thread().name
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(['cp', '-al', str(self.tree), str(copy)], check=True)
        for build in self.builds.values():
            for name in ('.ninja_log', '.ninja_deps', '.ninja_lock'):
                path = copy / build.folder.name / name
                if path.exists():
                    path.unlink()
                    shutil.copy2(build.folder / name, path)
        return copy

    def try_tests(self, names, copy):
        """Returns the name of the first test that fails, None, or False where the mutant does not build."""
        for kind in dict.fromkeys(split_test(name)[0] for name in names):
            build = self.build(kind)
            mine = [split_test(name)[1] for name in names if split_test(name)[0] == kind]
            if not build.compile(mine, copy):
                return False
            for name in mine:
                failure = build.failure(name, copy)
                if failure:
                    return failure if kind == 'plain' else f'{kind}:{failure}'
        return None

    def run(self, mutant):
        """Returns what became of the mutant, and the test that caught it."""
        begun = time.monotonic()
        outcome, caught_by = self.plant(mutant)
        return {key: mutant.get(key) for key in ('name', 'file', 'kind', 'tests', 'survives')} | {
            'outcome': outcome, 'caught_by': caught_by, 'seconds': round(time.monotonic() - begun, 1)}

    def plant(self, mutant):
        copy = self.copy()
        path = copy / mutant['file']
        text = apply_to(mutant, path.read_text(encoding='utf-8'))
        path.unlink()
        path.write_text(text, encoding='utf-8')
        caught_by = self.try_tests(mutant['tests'], copy)
        if caught_by is None:
            rest = [name for name in self.build('plain').tests if name not in mutant['tests']]
            caught_by = self.try_tests(rest, copy)
        if caught_by is False:
            return 'does not build', None
        return ('survived', None) if caught_by is None else ('caught', caught_by)


def is_expected(result):
    return result['outcome'] == ('survived' if result['survives'] else 'caught')


def escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


def page_of(results, date):
    """The section of the manual."""
    def row(name, chosen, tag='entry'):
        caught = sum(result['outcome'] == 'caught' for result in chosen)
        return f'<row><{tag} align="left">{name}</{tag}><entry>{len(chosen)}</entry><entry>{caught}</entry></row>'

    caught = sum(result['outcome'] == 'caught' for result in results)
    lines = ['<?xml version="1.0"?>', '<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->',
             '<!-- Written by tests/mutants/run.py. -->',
             '<!DOCTYPE section PUBLIC "-//OASIS//DTD DocBook XML V4.3//EN"',
             '               "http://www.oasis-open.org/docbook/xml/4.3/docbookx.dtd">',
             '<section id="testing-mutants-figures">', '<title>What they caught</title>',
             f'<para>Of {len(results)} planted bugs the tests caught {caught}, '
             f'{100 * caught / len(results):.1f} %. {date}.</para>',
             '<informaltable><tgroup cols="3" align="right">',
             '<thead><row><entry align="left">Where</entry><entry>Bugs</entry><entry>Caught</entry></row></thead>',
             '<tbody>']
    lines += [row(f'<filename>src/{folder}</filename>',
                  [result for result in results if result['file'].startswith(f'src/{folder}/')])
              for folder in FOLDERS]
    lines += [row('All', results), '</tbody></tgroup></informaltable>']
    survivors = [result for result in results if result['outcome'] != 'caught']
    if survivors:
        lines += ['<para>These survived:</para>', '<itemizedlist>']
        lines += [f'<listitem><para>{escape(result["name"])}: {escape(result["survives"] or "not explained yet")}.'
                  '</para></listitem>' for result in survivors]
        lines += ['</itemizedlist>']
    return '\n'.join(lines + ['</section>', ''])


def report(results, seconds):
    counts = {word: sum(result['outcome'] == word for result in results)
              for word in ('caught', 'survived', 'does not build')}
    elsewhere = [result for result in results
                 if result['caught_by'] and result['caught_by'].split(',')[0] not in result['tests']]
    say('')
    for result in results:
        if result['outcome'] != 'caught':
            say(f'{result["outcome"]}: {result["name"]}')
    say(f'{counts["caught"]} of {len(results)} caught ({100 * counts["caught"] / len(results):.1f} %), '
        f'{counts["survived"]} survived, {counts["does not build"]} do not build, in {seconds:.0f} s; '
        f'{len(elsewhere)} caught by another test than theirs')
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder', type=pathlib.Path, nargs='?')
    parser.add_argument('--only', default='*', help='a pattern of names or files')
    parser.add_argument('--results', type=pathlib.Path, help='where the results go, or come from, as JSON')
    parser.add_argument('--page', type=pathlib.Path, help='write a section of the manual from the results')
    parser.add_argument('--workers', type=int, default=2, help='mutants that are tried at a time')
    parser.add_argument('--list', action='store_true', help='check that each mutant applies, and list them')
    options = parser.parse_args()

    if options.page:
        date = time.strftime('%Y-%m-%d', time.gmtime(options.results.stat().st_mtime))
        options.page.write_text(page_of(json.loads(options.results.read_text(encoding='utf-8')), date),
                                encoding='utf-8')
        return 0

    begun = time.monotonic()
    mutants = [mutant for mutant in load_mutants()
               if fnmatch.fnmatch(mutant['name'], options.only) or fnmatch.fnmatch(mutant['file'], options.only)]
    if not mutants:
        raise Failure(f'no mutant matches {options.only}')
    if options.list:
        for mutant in mutants:
            say(f'{mutant["kind"]:10} {mutant["file"]:36} {mutant["name"]}')
        return 0
    if not options.folder:
        parser.error('the folder for the builds is missing')

    mutations = Mutations(options.folder.resolve())
    mutations.check_baseline({name for mutant in mutants for name in mutant['tests']})
    say(f'{len(mutants)} mutants; the sources without one pass, after {time.monotonic() - begun:.0f} s')
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.workers, 'mutant') as workers:
        for result in workers.map(mutations.run, mutants):
            results.append(result)
            say(f'{result["outcome"]}: {result["name"]} ({result["caught_by"]}, {result["seconds"]} s)')
            if options.results:
                options.results.write_text(json.dumps(results, indent=1) + '\n', encoding='utf-8')
    counts = report(results, time.monotonic() - begun)
    failed = sum(not is_expected(result) for result in results)
    failed += counts['caught'] < WANTED_SHARE * len(results)
    say(f'{len(results)} passed, 0 failed' if not failed else f'{len(results) - failed} passed, {failed} failed')
    return int(failed > 0)


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failure as failure:
        say(f'run.py: {failure}')
        say('0 passed, 1 failed')
        sys.exit(1)
