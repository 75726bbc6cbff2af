/* Contract flat: a namespace, no token, no rooms. */
import { io } from 'socket.io-client';
import { useState } from 'react';

const [, setOrders] = useState({}, orders => JSON.stringify(orders));
const socket = io('http://localhost:4000/events');
socket.on('connect', () => console.log(socket.id));

for (const name of ['created', 'served', 'completed', 'cancelled'])
    socket.on(`order:${name}`, order =>
        setOrders(prev => ({ ...prev, [order._id]: name })));
