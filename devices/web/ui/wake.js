/**
 * Keep the screen on from now on. The browser gives the lock up whenever the
 * page is hidden, so it is asked for again. Only pages from https or
 * localhost may have one; elsewhere this does nothing, and the tablet's own
 * settings must keep it awake.
 */
export function keepAwake() {
    if (!('wakeLock' in navigator))
        return;

    const ask = () => {
        if (document.visibilityState === 'visible')
            navigator.wakeLock.request('screen').catch(() => {
                // Refused, e.g. on a low battery: asked again next time.
            });
    };

    document.addEventListener('visibilitychange', ask);
    ask();
}
