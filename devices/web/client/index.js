/**
 * dumbwaiter-client: listen to a dumbwaiter, and publish to it.
 *
 *     const hub = connect('wss://hub.local/ws', {token, rooms: ['kitchen']});
 *     hub.on('snapshot', ({picture}) => ...);
 *     hub.on('event', envelope => ...);
 *     hub.on('state', ({state}) => ...);
 *     await hub.publish('kitchen.ready', {orderId: '42'});
 */
import { Connection } from './connection.js';

export { Connection } from './connection.js';
export { Refused } from './outbox.js';
export { ulid } from './ulid.js';

/**
 * @param {string} url
 * @param {import('./connection.js').Options} [options]
 * @returns {Connection} already connecting
 */
export function connect(url, options) {
    const connection = new Connection(url, options);

    // A page that was hidden or offline had slow timers or none.
    globalThis.document?.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') {
            connection.check();
            connection.retryNow();
        }
    });
    globalThis.window?.addEventListener('online',
        () => connection.retryNow());
    connection.open();
    return connection;
}
