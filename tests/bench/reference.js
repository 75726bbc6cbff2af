/**
 * The reference server of Socket.IO for Node, told by its standard input what
 * to do: "e" emits an order to everybody in the kitchen, "g" collects garbage
 * and says so. Its argument is the length of an order's frame.
 */
import { createServer } from 'node:http';

import { Server } from 'socket.io';

const http = createServer();
const server = new Server(http, { serveClient: false });
const frame = Number(process.argv[2]);
const head = '42["new-order",{"notes":""}]';
const order = { notes: 'x'.repeat(Math.max(0, frame - 4 - head.length)) };

server.on('connection', socket => {
    socket.on('join-room', (room, joined) => {
        socket.join(room);
        joined(true);
    });
});

const commands = {
    e: () => server.to('restaurant-kitchen').emit('new-order', order),
    g: () => {
        globalThis.gc();
        console.log('collected');
    },
};

process.stdin.on('data', data => {
    for (const command of data.toString())
        commands[command]();
});
process.stdin.on('end', () => process.exit(0));
http.listen(0, '127.0.0.1', () =>
    console.log(`reference ready: http://127.0.0.1:${http.address().port}`));
