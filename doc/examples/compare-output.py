# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs the examples with the same arguments: all must print the same, or the text of --expect. With
--fresh FILE they run twice, the second time in reverse order, each time without the FILE that they
make. With --file FILE STATUS a program with its arguments must print exactly what the FILE has, which is
what the manual shows, and end with that exit status."""

import os
import subprocess
import sys

INTERPRETERS = {"py": [sys.executable], "js": ["gjs"]}


def output(program, *args):
    command = INTERPRETERS.get(program.rpartition(".")[2], []) + [program, *args]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout


def expect(text, program):
    printed = output(program)
    print(printed)
    return text in printed


def expect_file(path, status, program, *args):
    done = subprocess.run([program, *args], stdout=subprocess.PIPE, check=False, text=True)
    with open(path, encoding="utf-8") as file:
        wanted = file.read()
    print(f"{done.stdout}\nexit status {done.returncode}; wanted\n{wanted}")
    return done.stdout == wanted != "" and done.returncode == int(status)


def compare(programs, args):
    outputs = {program: output(program, *args) for program in programs}
    for program, printed in outputs.items():
        print(f"{program}:\n{printed}")
    first = next(iter(outputs.values()))
    return first.count("\n") > 1 and all(printed == first for printed in outputs.values())


if sys.argv[1] == "--expect":
    passed = expect(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "--file":
    passed = expect_file(*sys.argv[2:])
else:
    fresh = sys.argv[2] if sys.argv[1] == "--fresh" else None
    separator = sys.argv.index("--")
    programs, arguments = sys.argv[3 if fresh else 1:separator], sys.argv[separator + 1:]
    passed = True
    for order in (programs, programs[::-1]) if fresh else (programs,):
        if fresh and os.path.exists(fresh):
            os.unlink(fresh)
        passed = compare(order, arguments) and passed
sys.exit(0 if passed else 1)
