/** Debian's Chromium, driven by playwright-core. */
import { chromium } from 'playwright-core';

import { atEnd } from './processes.js';

const SWITCHES = ['--headless=new', '--no-sandbox', '--disable-gpu',
    '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];

/** A browser for several pages; `switches` are Chromium's. */
export async function openBrowser(...switches) {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: [...SWITCHES, ...switches] });

    atEnd(() => browser.close());
    return browser;
}

/** A page, and in `faults` what the browser complains about in it. */
export async function openPage(browser) {
    const page = await (browser ?? await openBrowser()).newPage(
        { viewport: { width: 1280, height: 800 } });
    const faults = [];

    page.on('pageerror', error => faults.push(String(error)));
    page.on('console', message => {
        // That a connection fails while the daemon is dead is what we want.
        if (message.type() === 'error' &&
            !/WebSocket connection|ERR_CONNECTION/.test(message.text()))
            faults.push(message.text());
    });
    return { page, faults };
}
