/**
 * A printer that speaks Epson Server Direct Print: it posts a form, prints
 * what it is answered with if that has the very form that it expects (else it
 * drops it without a word), and posts what became of it.
 */
import http from 'node:http';

import { atEnd } from './processes.js';

const POLL_MS = 100;
const WELL = 0x0f000016;
const COVER_OPEN = 0x0f000028;
const PAPER_OUT = 0x0f080008;

const ENVELOPE = new RegExp('^<\\?xml version="1\\.0" encoding="utf-8"\\?>\\s*' +
    '<PrintRequestInfo Version="2\\.00">\\s*<ePOSPrint>\\s*<Parameter>\\s*' +
    '<devid>local_printer</devid>\\s*<timeout>(\\d+)</timeout>\\s*' +
    '<printjobid>([0-9A-Za-z_.-]{1,30})</printjobid>\\s*</Parameter>\\s*' +
    '<PrintData>\\s*<epos-print xmlns="http://www\\.epson-pos\\.com/schemas/' +
    '2011/03/epos-print">\\s*<image width="(\\d+)" height="(\\d+)" ' +
    'color="color_1" mode="mono">([A-Za-z0-9+/]+=*)</image>\\s*' +
    '<cut type="feed"/>\\s*</epos-print>\\s*</PrintData>\\s*</ePOSPrint>\\s*' +
    '</PrintRequestInfo>\\s*$');

export class EpsonPrinter {
    static start(port, { path = '/' } = {}) {
        const printer = new EpsonPrinter();

        Object.assign(printer, { port, path });
        printer.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        atEnd(() => printer.stop());
        printer.#later();
        return printer;
    }

    /** {job, width, height, dots} of each sheet. */
    sheets = [];
    dropped = 0; // what had another form
    polls = 0;
    hasPaper = true;
    isOpen = false;
    fault = ''; // 'torn', 'stranger', 'twice', 'busy', 'away'

    async stop() {
        this.isStopped = true;
        clearTimeout(this.timer);
        this.agent.destroy();
    }

    /** One form: {status, text}. */
    post(fields) {
        return new Promise((resolve, reject) => {
            const request = http.request({ host: '127.0.0.1', port: this.port,
                path: this.path, agent: this.agent, method: 'POST',
                timeout: 5000, headers: { 'content-type':
                    'application/x-www-form-urlencoded' } }, async response => {
                const pieces = [];

                for await (const piece of response)
                    pieces.push(piece);
                resolve({ status: response.statusCode,
                    text: Buffer.concat(pieces).toString() });
            });

            request.on('error', reject);
            request.end(`${new URLSearchParams(fields)}`);
        });
    }

    tell(job, success = true, code = '', bits = WELL) {
        return this.post({ ConnectionType: 'SetResponse', ID: '', ResponseFile:
            '<?xml version="1.0" encoding="utf-8"?>\r\n' +
            '<PrintResponseInfo Version="2.00">\r\n<ePOSPrint>\r\n' +
            '<Parameter>\r\n<devid>local_printer</devid>\r\n' +
            `<printjobid>${job}</printjobid>\r\n</Parameter>\r\n` +
            '<PrintResponse>\r\n<response success="' + success +
            `" code="${code}" status="${bits}" battery="0" xmlns="http://` +
            'www.epson-pos.com/schemas/2011/03/epos-print"/>\r\n' +
            '</PrintResponse>\r\n</ePOSPrint>\r\n</PrintResponseInfo>' });
    }

    /** A status notification, where that is switched on. */
    notify() {
        const bits = this.isOpen ? COVER_OPEN
            : this.hasPaper ? WELL : PAPER_OUT;

        return this.post({ ConnectionType: 'SetStatus', ID: '', Status:
            '<?xml version="1.0" encoding="utf-8"?>\n' +
            '<statusmonitor Version="1.00">\n<printerstatus devicename=' +
            `"local_printer" asbstatus = "0x${bits.toString(16)}"/>\n` +
            '</statusmonitor>' });
    }

    #later() {
        if (!this.isStopped)
            this.timer = setTimeout(() => this.#turn(), POLL_MS);
    }

    async #turn() {
        try {
            if (this.fault !== 'away')
                await this.#poll();
        } catch {
            // nobody listens: again later
        }
        this.#later();
    }

    async #poll() {
        const { status, text } = await this.post(
            { ConnectionType: 'GetRequest', ID: '' });

        this.polls++;
        if (status !== 200 || !text)
            return;
        const [, , job, width, height, dots] = ENVELOPE.exec(text) ?? [];

        if (!job) {
            this.dropped++;
            return;
        }
        await this.#print({ job, width: Number(width), height: Number(height),
            dots: Buffer.from(dots, 'base64') });
    }

    async #print(sheet) {
        if (this.fault === 'busy')
            return this.tell(sheet.job, false, 'EX_SPOOLER');
        this.sheets.push(sheet);
        switch (this.fault) {
        case 'torn':
            return this.tell(sheet.job, false, 'EPTR_REC_EMPTY', PAPER_OUT);
        case 'stranger':
            return this.tell('0000-1');
        case 'twice':
            await this.tell(sheet.job);
            return this.tell(sheet.job);
        default:
            return this.tell(sheet.job);
        }
    }
}
