/**
 * Builds failpoint.c, or another library to be loaded in front of the
 * program's; returns the environment that loads it.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeFolder, run } from './processes.js';

export async function buildFailpoint(name = 'failpoint.c') {
    const source = fileURLToPath(new URL(name, import.meta.url));
    const library = path.join(makeFolder(), 'failpoint.so');
    const { code, stderr } = await run('cc', ['-std=c11', '-D_GNU_SOURCE',
        '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', '-o', library,
        source, '-ldl']);

    if (code !== 0)
        throw new Error(stderr);
    return more => ({ LD_PRELOAD: library, ...more });
}
