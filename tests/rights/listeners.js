/** Everybody listening: over /ws, and over Socket.IO in each dialect. */
import { Session } from '../e2e/lib/clients.js';
import { until } from '../e2e/lib/wait.js';
import { chunks, openSocket } from './pipes.js';

/** What it has heard: events by id, as [{room, event, payload}]. */
class Ear {
    heard = new Map();

    constructor(name, who, rooms) {
        Object.assign(this, { name, who, rooms });
    }

    take(id, what) {
        this.heard.set(id, [...this.heard.get(id) ?? [], what]);
    }
}

/** A session on /ws in all of `rooms`. */
export async function listen(daemon, who, rooms) {
    const ear = new Ear(`/ws ${who.name}`, who, rooms);

    ear.session = await Session.open(daemon, who.token);
    ear.session.socket.on('message', data => {
        const message = JSON.parse(data);

        if (message.op === 'event')
            ear.take(message.id, message);
    });
    for (const chunk of chunks(rooms, 64)) {
        const answer = chunk.length === 0 ? { op: 'ok' }
            : await ear.session.join(chunk);

        if (answer.op !== 'ok')
            throw new Error(`${who.name}: ${JSON.stringify(answer)}`);
    }
    // What was committed before is written before the second answer.
    ear.round = async () => {
        for (let i = 0; i < 2; i++)
            await ear.session.ask({ op: 'leave', rooms: ['table/none'] });
    };
    return ear;
}

/** A socket of a dialect that says these verbs first. */
export async function listenAs(daemon, who, dialect, place, verbs, rooms) {
    const ear = new Ear(`${dialect} ${who.name}`, who, rooms);
    const socket = await openSocket(daemon, who.token, place);

    if (socket.refused)
        throw new Error(`${ear.name}: ${socket.refused}`);
    ear.dialect = dialect;
    ear.socket = socket;
    socket.onAny((name, payload) =>
        ear.take(payload?._dw?.id ?? name, { event: name, payload }));
    for (const verb of verbs)
        if (await socket.emitWithAck(...verb) !== true)
            throw new Error(`${ear.name}: ${verb}`);
    // One that cannot answer cannot be asked.
    ear.round = async () => {
        for (let i = 0; dialect !== 'flat' && i < 2; i++)
            await socket.emitWithAck('nothing');
    };
    return ear;
}

/** All have what they are to have; then all have been asked once more. */
export async function allHave(ears, expected) {
    for (const ear of ears)
        await until(`${ear.name} hears all that is for it`, () =>
            [...expected(ear).keys()].every(id => ear.heard.has(id)), 8000)
            .catch(error => { ear.late = error.message; });
    for (const ear of ears)
        await ear.round();
}
