#include "hub/evt/evt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"

enum err evt_create(enum evt_id what, ProtobufCMessage *body, struct evt **evt)
{
    size_t len = protobuf_c_message_get_packed_size(body);
    struct evt *made;

    if (len > EVT_BODY_BYTES) {
        body_free(body);
        return ERR_TOO_LARGE;
    }
    made = calloc(1, sizeof(*made));
    if (made)
        made->packed = malloc(len ? len : 1);
    if (!made || !made->packed) {
        free(made);
        body_free(body);
        return ERR_NO_MEMORY;
    }
    made->refs = 1;
    made->what = what;
    made->body = body;
    made->packed_len = protobuf_c_message_pack(body, made->packed);
    *evt = made;
    return ERR_OK;
}

struct evt *evt_ref(struct evt *evt)
{
    evt->refs++;
    return evt;
}

void evt_unref(struct evt *evt)
{
    struct evt_form *form, *next;

    if (!evt)
        return;
    assert(evt->refs > 0);
    if (--evt->refs > 0)
        return;
    for (form = evt->forms; form; form = next) {
        next = form->next;
        free(form);
    }
    body_free(evt->body);
    free(evt->packed);
    free(evt);
}

/* JSON takes about three times the room of protobuf. */
size_t evt_bytes(const struct evt *evt)
{
    return 256 + 3 * evt->packed_len;
}

/* Unpacked, a body takes several times what it takes packed. */
size_t evt_memory(const struct evt *evt)
{
    return sizeof(*evt) + 5 * evt->packed_len + evt->forms_len;
}

const struct evt_form *evt_form_find(const struct evt *evt, uint32_t key)
{
    const struct evt_form *form = evt->forms;

    while (form && form->key != key)
        form = form->next;
    return form;
}

const struct evt_form *evt_form_keep(
        struct evt *evt, uint32_t key, const void *data, size_t len)
{
    struct evt_form *form = malloc(sizeof(*form) + len);

    if (!form)
        return NULL;
    form->next = evt->forms;
    form->key = key;
    form->len = (uint32_t)len;
    memcpy(form->data, data, len);
    evt->forms = form;
    evt->forms_len += sizeof(*form) + len;
    return form;
}

uint32_t evt_form_key(uint32_t format, enum view view, uint32_t room)
{
    assert(format < 256 && room < 256);
    return format << 16 | (uint32_t)view << 8 | room;
}

int evt_room_index(const struct evt *evt, const struct room *room)
{
    for (int i = 0; i < evt->room_count; i++)
        if (room_equal(&evt->rooms[i], room))
            return i;
    return -1;
}

void epoch_print(uint32_t epoch, char out[EPOCH_CHARS + 1])
{
    char reversed[EPOCH_CHARS + 1];
    int len = 0;

    do {
        reversed[len++] = "0123456789abcdefghijklmnopqrstuvwxyz"[epoch % 36];
        epoch /= 36;
    } while (epoch > 0);
    for (int i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    out[len] = '\0';
}
