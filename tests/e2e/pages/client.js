/* socket.io-client as it is; the test may ask what its sockets have heard. */
const list = document.querySelector('ol');

window.sockets = [];
window.heard = [];
window.refusals = [];

function note(name, ...args) {
    const item = document.createElement('li');

    window.heard.push([name, ...args]);
    item.textContent = `${name} ${JSON.stringify(args[0])}`;
    list.append(item);
}

export function io(...args) {
    const socket = window.io(...args);

    socket.onAny(note);
    socket.on('connect_error', error => window.refusals.push(error.message));
    window.sockets.push(socket);
    return socket;
}
