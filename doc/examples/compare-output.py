# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the examples on one text: all must print the same, or what --expect says."""

import subprocess
import sys

TEXT = "/usr/share/common-licenses/GPL-3"
INTERPRETERS = {"py": [sys.executable], "js": ["gjs"]}


def output(program, *args):
    command = INTERPRETERS.get(program.rpartition(".")[2], []) + [program, *args]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def expect(text, program):
    printed = output(program)
    print(printed)
    return text in printed


def compare(programs):
    outputs = {program: output(program, TEXT) for program in programs}
    for program, printed in outputs.items():
        print(f"{program}:\n{printed}")
    first = next(iter(outputs.values()))
    return first.count("\n") == 11 and all(printed == first for printed in outputs.values())


if sys.argv[1] == "--expect":
    passed = expect(sys.argv[2], sys.argv[3])
else:
    passed = compare(sys.argv[1:])
sys.exit(0 if passed else 1)
