#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: said.py LOG...

What tests say that they have counted, in messages that begin with a number, for the manual's table. Those with the same
words are added up; a number with a fraction is no count, and its message stays as it is."""

import re
import sys

NUMBER = re.compile(r'[0-9]+')


def counts(lines):
    sums = {}
    for line in lines:
        match = re.match(r'# ([0-9].*)', line)
        if not match:
            continue
        text = match.group(1)
        words = text if re.search(r'[0-9]\.[0-9]', text) else NUMBER.sub('{}', text)
        numbers = [] if words == text else [int(number) for number in NUMBER.findall(text)]
        sums[words] = [sum(pair) for pair in zip(sums.get(words, [0] * len(numbers)), numbers)]
    return [words.format(*numbers) for words, numbers in sums.items()]


def main():
    for path in sys.argv[1:]:
        with open(path, encoding='utf-8', errors='replace') as log:
            for said in counts(log):
                print('said: ' + said)


if __name__ == '__main__':
    main()
