"""Prints a journal as lines of JSON, for judge.js: what lies on disk, read by
SQLite and not by the hub. The daemon must have ended: it holds a lock.

    journal.py FILE WIRES          WIRES: {"number of the event": "name"}
"""
import json
import sqlite3
import struct
import sys

# As struct head of hub/journal.c has it.
HEAD = struct.Struct('=II16sqqQII')
CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'


def ulid(data):
    number = int.from_bytes(data, 'big')
    return ''.join(CROCKFORD[number >> shift & 31]
                   for shift in range(125, -1, -5))


def main(path, wires):
    names = json.loads(wires)
    db = sqlite3.connect(path)
    found = db.execute('PRAGMA integrity_check').fetchone()[0]
    if found != 'ok':
        sys.exit(f'the journal is damaged: {found}')
    for seq, ident, source, key, data in db.execute(
            'SELECT seq, id, source, key, data FROM record ORDER BY seq'):
        _, wire, _, _, _, _, rooms, body = HEAD.unpack_from(data)
        if HEAD.size + rooms + 1 + body != len(data):
            sys.exit(f'record {seq} has another length than it says')
        print(json.dumps({
            't': 'journalled', 'seq': seq, 'id': ulid(ident),
            'source': source, 'key': key, 'event': names[str(wire)],
            'rooms': data[HEAD.size:HEAD.size + rooms].decode().split()}))
    for seq, source, key in db.execute(
            'SELECT seq, source, key FROM alias ORDER BY n'):
        print(json.dumps({'t': 'alias', 'seq': seq, 'source': source,
                          'key': key}))


main(*sys.argv[1:])
