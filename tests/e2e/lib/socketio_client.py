"""
A front end in Python: python3-socketio as Debian has it, told what to do by
lines of JSON on its input. Says what it hears on its output, also in JSON.

usage: socketio_client.py KIND URL PATH NAMESPACE TRANSPORTS

KIND is "blocking" or "asyncio", TRANSPORTS "websocket", "polling", or both
with a comma: then it upgrades. Input: first CONNECT's payload, an object or
null, then ["name", argument...] for each event; it waits for every
acknowledgement. The end of the input ends it. Output: {"connected": transport}
when it is in for the first time, {"arrived": true} each time,
{"refused": what}, {"acknowledged": name, "answer": what},
{"heard": [name, payload, offset]}, {"disconnected": true}.
"""
import asyncio
import json
import sys
import threading

import socketio

WAIT_S = 10

mouth = threading.Lock()


def say(**what):
    with mouth:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


def lines():
    return (json.loads(line) for line in iter(sys.stdin.readline, ""))


def options(path, namespace, transports):
    return {
        "socketio_path": path,
        "namespaces": [namespace],
        "transports": transports.split(","),
    }


def handle(client, namespace):
    """An event has one payload; the offset of recovery may come after it."""

    @client.on("connect", namespace=namespace)
    def on_connect():
        say(arrived=True)

    @client.on("connect_error", namespace=namespace)
    def on_refused(what):
        say(refused=what)

    @client.on("disconnect", namespace=namespace)
    def on_disconnect():
        say(disconnected=True)

    @client.on("*", namespace=namespace)
    def on_event(name, payload, *offset):
        say(heard=[name, payload, *offset])


def rest(words):
    """What follows the event's name, as this library takes it."""
    return tuple(words) if len(words) != 1 else words[0]


def leaves(client):
    """It may be closed before it has noted that it wants to be; then the
    library takes that for a connection lost, and comes back."""
    client.reconnection = False


def run_blocking(url, path, namespace, transports):
    client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.2)
    handle(client, namespace)
    told = lines()
    client.connect(url, auth=next(told), wait_timeout=WAIT_S,
                   **options(path, namespace, transports))
    say(connected=client.transport())
    for name, *words in told:
        answer = client.call(name, rest(words), namespace=namespace,
                             timeout=WAIT_S)
        say(acknowledged=name, answer=answer)
    leaves(client)
    client.disconnect()


async def run_asyncio(url, path, namespace, transports):
    client = socketio.AsyncClient(reconnection_delay=0.1,
                                  reconnection_delay_max=0.2)
    handle(client, namespace)
    loop = asyncio.get_running_loop()
    told = lines()
    auth = await loop.run_in_executor(None, next, told)
    await client.connect(url, auth=auth, wait_timeout=WAIT_S,
                         **options(path, namespace, transports))
    say(connected=client.transport())
    while (words := await loop.run_in_executor(None, next, told, None)):
        name, *words = words
        answer = await client.call(name, rest(words), namespace=namespace,
                                   timeout=WAIT_S)
        say(acknowledged=name, answer=answer)
    leaves(client)
    await client.disconnect()


def main():
    kind, *where = sys.argv[1:]
    if kind == "asyncio":
        asyncio.run(run_asyncio(*where))
    else:
        run_blocking(*where)


if __name__ == "__main__":
    main()
