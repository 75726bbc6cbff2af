#include "devices/core/press.h"

void press_contact(struct press_key *key, bool is_down)
{
    key->contact = is_down;
}

/* A press that is held: a click that waited was one of its own. */
static enum press tell_held(struct press_key *key, uint64_t held_ms)
{
    if (held_ms < PRESS_LONG_MS || key->told == PRESS_VERY_LONG)
        return PRESS_NONE;
    if (key->is_clicked) {
        key->is_clicked = false;
        return PRESS_SHORT;
    }
    if (key->told != PRESS_LONG)
        return key->told = PRESS_LONG;
    if (held_ms < PRESS_VERY_LONG_MS)
        return PRESS_NONE;
    return key->told = PRESS_VERY_LONG;
}

/* The end of a press. */
static enum press tell_up(struct press_key *key)
{
    if (key->told != PRESS_NONE)
        return PRESS_NONE;
    key->is_clicked = !key->is_clicked;
    return key->is_clicked ? PRESS_NONE : PRESS_DOUBLE;
}

enum press press_tell(struct press_key *key, uint64_t now_ms)
{
    uint64_t ms = now_ms - key->since_ms;
    enum press press = PRESS_NONE;

    if (key->is_down)
        press = tell_held(key, ms);
    else if (key->is_clicked && ms >= PRESS_DOUBLE_MS) {
        key->is_clicked = false;
        press = PRESS_SHORT;
    }
    if (press != PRESS_NONE || key->contact == key->is_down ||
            ms < PRESS_BOUNCE_MS)
        return press;
    key->is_down = key->contact;
    key->since_ms = now_ms;
    if (!key->is_down)
        return tell_up(key);
    key->told = PRESS_NONE;
    return PRESS_NONE;
}

uint64_t press_due_ms(const struct press_key *key)
{
    if (key->contact != key->is_down)
        return key->since_ms + PRESS_BOUNCE_MS;
    if (key->is_down && key->told == PRESS_NONE)
        return key->since_ms + PRESS_LONG_MS;
    if (key->is_down && key->told == PRESS_LONG)
        return key->since_ms + PRESS_VERY_LONG_MS;
    return !key->is_down && key->is_clicked ? key->since_ms + PRESS_DOUBLE_MS
                                            : UINT64_MAX;
}
