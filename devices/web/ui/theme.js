/*
 * Light or dark, before the first paint: a classic script for the head.
 * The system's wish counts until somebody chooses; the choice is kept.
 */
(function () {
    var KEY = 'dumbwaiter.theme';
    var wish = window.matchMedia('(prefers-color-scheme: dark)');
    var chosen = null;

    function show() {
        document.documentElement.dataset.theme =
            chosen || (wish.matches ? 'dark' : 'light');
    }

    try {
        chosen = localStorage.getItem(KEY);
    } catch (error) {
        // Storage is switched off: the choice lasts as long as the page.
    }
    if (chosen !== 'light' && chosen !== 'dark')
        chosen = null;
    wish.addEventListener('change', show);
    show();

    window.toggleTheme = function () {
        var dark = document.documentElement.dataset.theme === 'dark';

        chosen = dark ? 'light' : 'dark';
        try {
            localStorage.setItem(KEY, chosen);
        } catch (error) {
            // As above.
        }
        show();
    };
})();
