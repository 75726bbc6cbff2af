/**
 * Asks a URL over and over, one question at a time, and prints how long the
 * answer took: {"ms":…,"held":…}. `held` leaves out the time in which the
 * process that answers, or this one, waited for a processor.
 *
 *     node probe.js URL PID
 */
import fs from 'node:fs';
import http from 'node:http';

const EVERY_MS = 10;
const [url, pid] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });

/** Its main thread's wait for a processor so far, in ms. */
function waited(id) {
    try {
        const [, ns] = fs.readFileSync(`/proc/${id}/schedstat`, 'utf8')
            .split(' ');

        return Number(ns) / 1e6;
    } catch {
        return 0;
    }
}

function ask() {
    const before = waited(pid) + waited('self');
    const start = performance.now();

    http.get(url, { agent }, response => {
        response.resume();
        response.on('end', () => {
            const ms = performance.now() - start;
            const held = ms - (waited(pid) + waited('self') - before);

            console.log(JSON.stringify({ ms, held: Math.max(0, held) }));
            setTimeout(ask, EVERY_MS);
        });
    });
}

ask();
