/**
 * Links that break: whoever is cut off, at whatever byte, also while it is
 * told what it has missed, ends up with all of it once and in order.
 *
 *     node links.js [short|long]     60 or 500 cuts
 */
import assert from 'node:assert/strict';

import { pause, until } from '../e2e/lib/wait.js';
import { Wire } from '../e2e/lib/wire.js';
import { command } from './command.js';
import { Scene } from './scene.js';

const PER_SECOND = 150;
const CUT_BYTES = 8000; // at most, from one cut to the next
const SOON_BYTES = 900; // the handshake and the beginning of what was missed
const OUT_MS = 400; // at most, that nobody comes through

/** As many ways as listeners, and one for each publisher that has a port. */
async function openScene(chance, { native, socketio, publishers }) {
    const scene = await Scene.open(chance);
    const { httpPort } = scene.daemon;
    const wires = [];

    for (let i = 0; i < native + socketio; i++)
        wires.push(await Wire.open(httpPort));
    await scene.addPublishers(publishers);
    for (const { way } of scene.publishers)
        if (way.daemon) {
            const wire = await Wire.open(httpPort);

            wires.push(wire);
            way.port = wire.port;
        }
    await scene.addListeners({ native, socketio }, i => wires[i].url);
    await scene.settle();
    return { scene, wires };
}

async function finish(scene, say) {
    await scene.calm();
    await scene.settle(60000);
    await scene.readDialects();
    scene.listeners.forEach(listener => listener.close());
    await scene.daemon.stop();
    const sum = what =>
        scene.listeners.reduce((n, one) => n + one[what], 0);

    say(`${scene.answered} acknowledged; resumed ${sum('resumed')}, ` +
        `snapshots ${sum('snapshots') - scene.listeners.length}`);
    await scene.judge(say);
}

/** One way is cut again and again, until all have had enough. */
async function breakOn(wire, chance, isOn) {
    while (isOn()) {
        const { cuts } = wire;

        wire.isUnnoticed = chance.is(40);
        wire.delayMs = chance.is(20) ? chance.between(5, 60) : 0;
        wire.staysCut = chance.is(30);
        wire.left = 1 + chance.draw(chance.is(50) ? SOON_BYTES : CUT_BYTES);
        while (isOn() && wire.cuts === cuts)
            await pause(5);
        await pause(wire.isOpen ? 0 : chance.between(0, OUT_MS));
        wire.isOpen = true;
    }
    Object.assign(wire, { left: Infinity, delayMs: 0, isOpen: true });
}

async function cuts({ chance, isLong, say }) {
    const wanted = isLong ? 500 : 60;
    const { scene, wires } = await openScene(chance, { native: 6,
        socketio: 4, publishers: { http: 2, ws: 2 } });
    const done = () => wires.reduce((n, wire) => n + wire.cuts, 0);
    let goesOn = true;

    scene.load(PER_SECOND);
    const breaking = Promise.all(wires.map(
        wire => breakOn(wire, chance, () => goesOn)));

    await until(`${wanted} cuts`, () => done() >= wanted,
        isLong ? 300000 : 60000).finally(() => {
        goesOn = false;
    });
    await breaking;
    say(`${done()} cuts`);
    await finish(scene, say);
}

async function bytes({ chance, isLong, say }) {
    const { scene, wires } = await openScene(chance, { native: 2,
        socketio: 2, publishers: { http: 1, ws: 1 } });

    for (const wire of wires)
        wire.isSplit = true;
    scene.load(20);
    await pause(isLong ? 20000 : 2000);
    // They come back that way, too.
    for (const wire of wires)
        wire.cut();
    await pause(isLong ? 20000 : 1000);
    await finish(scene, say);
}

/** Nothing passes and nothing ends; then the link turns out to be dead. */
async function silence({ chance, isLong, say }) {
    const { scene, wires } = await openScene(chance, { native: 4,
        socketio: 2, publishers: { http: 1, ws: 1 } });
    const rounds = isLong ? 20 : 3;
    let links = 0;

    scene.load(PER_SECOND);
    for (let n = 0; n < rounds; n++) {
        const some = wires.filter(() => chance.is(50));

        links += some.length;
        for (const wire of some)
            wire.isSilent = true;
        await pause(chance.between(100, 1200));
        // The daemon still believes in them while they come anew.
        for (const wire of some) {
            wire.isUnnoticed = true;
            wire.cut();
            wire.isSilent = false;
        }
        await pause(chance.between(100, 600));
    }
    say(`${links} links fell silent`);
    await finish(scene, say);
    assert.ok(scene.answered > 0);
}

await command('links', { 'cuts at random bytes': cuts,
    'byte by byte': bytes, 'half open': silence });
