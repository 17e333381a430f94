#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What zsh offers after the words of a command line: a shell on a terminal of its own, and its own completion."""

import os
import re
import shutil
import subprocess
import unittest

import harness
from harness import TOOL

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/tool/completion/intern-pool.zsh')
# The shell on the terminal writes what it would offer into a file, and ends after one completion.
SETUP = '''
fpath=($ZDOTDIR $fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
  local -a hits
  # It only fills arrays.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  builtin compadd -O hits "$@"
  print -rl -- $hits >>$OFFERED
  builtin compadd "$@"
}
comppostfuncs=(exit)
'''
COMPLETE = '''
zmodload zsh/zpty
zpty shell zsh -i
zpty -w -n shell "$1"$'\\t'
while zpty -r shell >/dev/null; do :; done
'''


@unittest.skipUnless(shutil.which('zsh'), 'zsh is not installed')
class TestCompletion(harness.ToolTestCase):
    def setUp(self):
        super().setUp()
        shutil.copy(SCRIPT, self.path('_intern-pool'))
        self.path('.zshrc', SETUP.encode())
        self.path('a-file', b'')

    def complete(self, *words):
        """What is offered for the last word."""
        self.path('offered', b'')
        env = harness.environment(ZDOTDIR=self.folder.name, OFFERED=self.path('offered'),
                                  PATH=os.path.dirname(TOOL) + ':' + os.environ['PATH'])
        subprocess.run(['zsh', '-f', '-c', COMPLETE, 'zsh', ' '.join(['intern-pool', *words])], env=env,
                       cwd=self.folder.name, timeout=60, check=False, stdin=subprocess.DEVNULL)
        return sorted(set(self.read('offered').decode().split()))

    def test_commands(self):
        commands = ['decode', 'encode', 'help', *(['profile'] if harness.HAS_PROFILER else []), 'snapshot', 'stat']
        self.assertEqual(self.complete(''), commands)
        self.assertEqual(self.complete('s'), ['snapshot', 'stat'])
        self.assertEqual(self.complete('snapshot', ''), ['build', 'diff', 'info', 'list', 'verify'])
        self.assertEqual(self.complete('snapshot', 'v'), ['verify'])

    def test_every_option_of_the_help_is_offered(self):
        for command in ['stat'], ['encode'], ['decode'], ['snapshot', 'build'], ['snapshot', 'diff'], []:
            listed = re.findall(r'^  (?:-., )?(--[a-z-]+)', self.succeed(*command, '--help').decode(), re.M)
            self.assertIn('--help', listed)
            self.assertEqual(self.complete(*command, '--'), sorted(listed), command)

    def test_other_words_are_files(self):
        self.assertEqual(self.complete('stat', 'a'), ['a-file'])
        self.assertEqual(self.complete('snapshot', 'info', 'a'), ['a-file'])
        self.assertEqual(self.complete('encode', '--output=a'), ['a-file'])


if __name__ == '__main__':
    harness.main()
