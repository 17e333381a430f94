#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Gets the JavaScript library of Apache Arrow for the tests: apache-arrow.py BUILD-FOLDER

Debian has no reader of Arrow files, and this one is a single file that gjs can load. It is another
project's (Apache-2.0) and goes to the build folder only. Without a network nothing happens; the
tests that would use it say that they were skipped.
"""

import base64
import hashlib
import io
import os
import sys
import tarfile
import urllib.request

URL = 'https://registry.npmjs.org/apache-arrow/-/apache-arrow-21.1.0.tgz'
SHA512 = 'kQrYLxhC+NTVVZ4CCzGF6L/uPVOzJmD1T3XgbiUnP7oTeVFOFgEUu6IKNwCDkpFoBVqDKQivlX4RUFqqnWFlEA=='
MEMBER = 'package/Arrow.es2015.min.js'


def main():
    path = os.path.join(sys.argv[1], 'apache-arrow.js')
    if os.path.exists(path):
        return
    try:
        with urllib.request.urlopen(URL, timeout=20) as response:
            archive = response.read()
    except OSError as error:
        print('Apache Arrow could not be had, so its tests will be skipped: {}'.format(error))
        return
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != SHA512:
        sys.exit('{} is not what it was'.format(URL))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar, open(path + '.new', 'wb') as file:
        file.write(tar.extractfile(MEMBER).read())
    os.replace(path + '.new', path)


main()
