/**
 * A web server for the front ends' pages (tests/e2e/pages), which are of
 * another origin than the daemon; the Socket.IO client is npm's bundle.
 */
import fs from 'node:fs';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

import { atEnd } from './processes.js';

const FOLDER = new URL('../pages/', import.meta.url);
const BUNDLE = new URL(
    '../../node_modules/socket.io-client/dist/socket.io.js', import.meta.url);

/* What a page's own imports are called: what its front end calls them. */
const IMPORTS = {
    blank: {},
    kebab: { '@/lib/socket': '/kebab_socket.js' },
    session: { '@/lib/socket-client': '/session_socket.js' },
    flat: {},
    kds: { '@/lib/socket-client': '/kds_socket.js' },
};

const html = name => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>${name}</title>
<link rel="stylesheet" href="/pages.css">
<script src="/socket.io.js"></script>
<script type="importmap">${JSON.stringify({ imports: {
        'socket.io-client': '/client.js', react: '/hooks.js',
        ...IMPORTS[name] } })}</script>
<h1>${name}</h1>
<main></main>
<h2>heard</h2>
<ol></ol>
<script type="module" src="/${name}.js"></script>
</html>
`;

/** [type, text] of a path, or nothing. */
function find(path) {
    const name = path.slice(1);

    if (Object.hasOwn(IMPORTS, name))
        return ['text/html', html(name)];
    if (path === '/socket.io.js')
        return ['text/javascript', fs.readFileSync(BUNDLE)];
    if (fs.readdirSync(fileURLToPath(FOLDER)).includes(name))
        return [name.endsWith('.css') ? 'text/css' : 'text/javascript',
            fs.readFileSync(new URL(name, FOLDER))];
    return undefined;
}

/** The origin where they are, "http://127.0.0.1:PORT". */
export async function servePages() {
    const server = http.createServer((request, response) => {
        const [type, text] =
            find(new URL(request.url, 'http://pages').pathname) ?? [];

        response.writeHead(type ? 200 : 404,
            { 'Content-Type': `${type ?? 'text/plain'}; charset=utf-8` });
        response.end(text);
    });

    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
    });
    atEnd(() => {
        server.closeAllConnections();
        return new Promise(resolve => server.close(resolve));
    });
    return `http://127.0.0.1:${server.address().port}`;
}
