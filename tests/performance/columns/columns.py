# SPDX-License-Identifier: LGPL-2.1-or-later

"""Encodes a column of words in one way and prints the time: columns.py ROW WAY FILE"""

import json
import sys
import time

REPEATS = 100


def new_pool():
    import gi
    gi.require_version('Intern', '1')
    from gi.repository import Intern
    return Intern.Pool()


def encode_delimited(text, _words):
    pool = new_pool()
    return lambda: pool.encode_delimited(text)


def encode(_text, words):
    pool = new_pool()
    return lambda: pool.encode(words)


def dictionary(_text, words):
    numbers = {}

    def loop():
        number = numbers.setdefault
        return [number(word, len(numbers)) for word in words]

    return loop


def factorize(_text, words):
    import numpy
    import pandas
    column = numpy.array(words, dtype=object)
    return lambda: pandas.factorize(column)[0]


WAYS = {'encode_delimited': encode_delimited, 'encode': encode, 'dict': dictionary, 'factorize': factorize}


def seconds(call):
    begin = time.thread_time()
    call()
    return time.thread_time() - begin


def main(row, way, path):
    with open(path, 'rb') as file:
        text = file.read()
    words = text.decode().splitlines()
    call = WAYS[way](text, words)
    took = seconds(call)
    if row == 'found':
        took = seconds(lambda: [call() for _ in range(REPEATS)]) / REPEATS
    print(json.dumps({'ns': took * 1e9 / len(words), 'strings': len(words), 'distinct': len(set(call()))}))


main(*sys.argv[1:])
