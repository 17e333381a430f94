#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What bash offers after the words of a command line."""

import os
import subprocess

import harness
from harness import TOOL

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/tool/completion/intern-pool.bash')
COMPLETE = '''
source "$1"
COMP_WORDS=("${@:3}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_intern_pool "$2" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
'''


def complete(*words):
    """What is offered for the last word."""
    result = subprocess.run(['bash', '-c', COMPLETE, 'bash', SCRIPT, TOOL, 'intern-pool', *words],
                            env=harness.environment(), capture_output=True, text=True, check=True)
    return result.stdout.split()


class TestCompletion(harness.ToolTestCase):
    def test_commands(self):
        commands = ['decode', 'encode', 'help', *(['profile'] if harness.HAS_PROFILER else []), 'snapshot', 'stat']
        self.assertEqual(complete(''), commands)
        self.assertEqual(complete('s'), ['snapshot', 'stat'])
        self.assertEqual(complete('snapshot', ''), ['build', 'diff', 'info', 'list', 'verify'])
        self.assertEqual(complete('snapshot', 'v'), ['verify'])

    def test_options_are_those_of_the_command(self):
        self.assertEqual(complete('--v'), ['--version'])
        self.assertEqual(complete('stat', '--co'), ['--column', '--color'])
        self.assertEqual(complete('stat', '--words', 'file', '--js'), ['--json'])
        self.assertEqual(complete('snapshot', 'info', '--j'), ['--json'])
        self.assertEqual(complete('encode', '--co'), ['--column'])

    def test_every_option_of_the_help_is_offered(self):
        self.assertIn(b'Unknown option', harness.run('stat', '--no-such-option=x')[2])
        for command in ['stat'], ['encode'], ['decode'], ['snapshot', 'build'], ['snapshot', 'diff']:
            offered = complete(*command, '--')
            self.assertIn('--help', offered)
            self.assertEqual(len(offered), len(set(offered)), offered)
            for option in offered:
                # Some options name files to write.
                _status, _output, errors = harness.run(*command, option + '=x', cwd=self.folder.name)
                self.assertNotIn(b'Unknown option', errors, option)

    def test_other_words_are_files(self):
        self.assertEqual(complete('stat', ''), [])
        self.assertEqual(complete('snapshot', 'info', 'a'), [])
        self.assertEqual(complete('no-such-command', ''), [])


if __name__ == '__main__':
    harness.main()
