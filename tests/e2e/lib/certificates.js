/** An authority for tests, and the server's certificates that it issues. */
import fs from 'node:fs';
import path from 'node:path';

import { run } from './processes.js';

async function openssl(...args) {
    const { code, stderr } = await run('openssl', args, { env: process.env });

    if (code !== 0)
        throw new Error(`openssl ${args[0]}: ${stderr}`);
}

export class Authority {
    /** @param {string} folder where its files are */
    static async make(folder) {
        const authority = new Authority();

        authority.folder = folder;
        fs.mkdirSync(folder, { recursive: true });
        await openssl('req', '-x509', '-newkey', 'ec',
            '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
            '-subj', '/CN=authority', '-addext', 'keyUsage=keyCertSign',
            '-keyout', authority.#path('ca.key'),
            '-out', authority.#path('ca.pem'));
        authority.ca = fs.readFileSync(authority.#path('ca.pem'));
        return authority;
    }

    #path(name) {
        return path.join(this.folder, name);
    }

    /**
     * For 127.0.0.1 and localhost: {cert, key} as PEM. `serial` is a number,
     * `rsa` another kind of key, `days` negative: it ended before today.
     */
    async issue(serial, { rsa = false, days = 20 } = {}) {
        const [key, request, cert] = ['key', 'csr', 'pem'].map(
            end => this.#path(`${serial}.${end}`));
        const extensions = this.#path('extensions');
        const kind = rsa ? ['rsa:2048']
            : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

        fs.writeFileSync(extensions,
            'subjectAltName=IP:127.0.0.1,DNS:localhost\n' +
            'basicConstraints=CA:FALSE\n');
        await openssl('req', '-newkey', ...kind, '-nodes', '-subj',
            '/CN=hub', '-keyout', key, '-out', request);
        await openssl('x509', '-req', '-in', request, '-CA',
            this.#path('ca.pem'), '-CAkey', this.#path('ca.key'),
            '-set_serial', String(serial), '-days', String(days),
            '-extfile', extensions, '-out', cert);
        return { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
    }
}

/** As whoever renews them does: each file is whole at any moment. */
export function put(file, text, mode = 0o600) {
    fs.writeFileSync(`${file}.new`, text, { mode });
    fs.chmodSync(`${file}.new`, mode);
    fs.renameSync(`${file}.new`, file);
}
