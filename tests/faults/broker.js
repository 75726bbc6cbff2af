/**
 * A broker that dies and forgets everything, and one that is away: what is
 * acknowledged does not depend on it, nor does who listens elsewhere.
 *
 *     node broker.js [short|long]    5 or 50 kills; 2,000 or 50,000 events
 */
import assert from 'node:assert/strict';

import mqtt from 'mqtt';

import { Producer } from '../e2e/lib/clients.js';
import { Broker } from '../e2e/lib/own_broker.js';
import { atEnd } from '../e2e/lib/processes.js';
import { pause, until } from '../e2e/lib/wait.js';
import { command } from './command.js';
import { MqttWay, Publisher } from './publishers.js';
import { Scene } from './scene.js';

const PER_SECOND = 150;
const OUT_MS = 800; // at most, that there is no broker
const LINK_MS = 60000; // for the link to be there again

async function openScene(chance, { http, mqtt: producers, native }) {
    const broker = await Broker.start();
    const scene = await Scene.open(chance,
        { args: ['--mqtt-url', broker.url] });

    await scene.addPublishers({ http });
    for (let i = 0; i < producers; i++) {
        const name = `own-${i}`;
        const publisher = await Publisher.open(
            scene.daemon, 'http', name, scene.history);

        publisher.way = new MqttWay(await Producer.open({
            enrol: async () => ({ client_id: name }),
            mqttUrl: broker.url }, name));
        scene.publishers.push(publisher);
    }
    await scene.addListeners({ native });
    await isLinked(scene);
    await scene.settle();
    return { scene, broker };
}

const isLinked = scene => until('the link is up', async () =>
    (await scene.daemon.metrics()).mqtt_connected === 1, LINK_MS);

async function finish(scene, say) {
    await isLinked(scene);
    await scene.calm(90000);
    await scene.settle(60000);
    scene.listeners.forEach(listener => listener.close());
    await scene.daemon.stop();
    say(`${scene.answered} acknowledged`);
    return scene.judge(say);
}

async function kills({ chance, isLong, say }) {
    const times = isLong ? 50 : 5;
    const { scene, broker } = await openScene(chance,
        { http: 2, mqtt: 3, native: 4 });

    scene.load(PER_SECOND);
    for (let n = 0; n < times; n++) {
        await pause(chance.between(0, 1000));
        await broker.kill();
        await pause(chance.between(0, OUT_MS));
        broker.begin();
        if (chance.is(60)) // else it dies before the link is up
            await isLinked(scene);
    }
    say(`${times} kills of a broker that keeps nothing`);
    await finish(scene, say);
}

async function away({ chance, isLong, say }) {
    const wanted = isLong ? 50000 : 2000;
    const { scene, broker } = await openScene(chance,
        { http: 8, mqtt: 0, native: 4 });

    await broker.kill();
    const before = scene.answered;

    scene.load(1500, 8);
    await until(`${wanted} events`, () => scene.answered - before >= wanted,
        isLong ? 600000 : 60000);
    await scene.calm();
    say(`no broker while ${scene.answered - before} events passed`);
    broker.begin();
    const client = mqtt.connect(broker.url, { reconnectPeriod: 20 });
    const heard = new Set();

    atEnd(() => client.endAsync(true));
    client.on('message', (topic, data) => heard.add(JSON.parse(data).seq));
    const start = performance.now();

    await until('a listener is subscribed', () =>
        client.subscribeAsync('dw/1/main/json/kitchen', { qos: 1 })
            .then(() => true, () => false));

    await isLinked(scene);
    const { seq } = await scene.marker.say('notification',
        { role: 'kitchen', title: 'back' });

    await until('MQTT has caught up', () => heard.has(seq), 120000);
    say(`MQTT has caught up after ${Math.round(performance.now() - start)} ` +
        `ms, ${heard.size} heard in kitchen`);
    scene.load(PER_SECOND);
    await pause(500);
    const { counts } = await finish(scene, say);

    assert.ok(counts.answered >= wanted);
}

await command('broker', { 'killed, keeps nothing': kills,
    'away': away });
