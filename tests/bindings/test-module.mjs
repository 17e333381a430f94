// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The override also works in a module.

import Intern from 'gi://Intern?version=1';
import System from 'system';

const pool = new Intern.Pool();
pool.intern('hello');
if (pool.size !== 1 || !pool.has('hello') || [...pool][0] !== 'hello') {
    printerr('the override has not been loaded');
    System.exit(1);
}
print('ok - module');
