import { io } from 'socket.io-client';

window.openSocket = io;
