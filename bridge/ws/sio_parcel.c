#include <stdlib.h>
#include <string.h>

#include "bridge/ws/sio_parts.h"

static char *copy(const char *data, size_t len)
{
    char *made = malloc(len + 1);

    if (!made)
        return NULL;
    memcpy(made, data, len);
    made[len] = '\0';
    return made;
}

enum err sio_parcel_create(
        struct sio_parcel **out, const char *text, size_t len, uint32_t want)
{
    struct sio_parcel *parcel;

    if (want > SIO_ATTACHMENTS)
        return ERR_TOO_LARGE;
    parcel = calloc(1, sizeof(*parcel));
    if (!parcel)
        return ERR_NO_MEMORY;
    parcel->text = copy(text, len);
    parcel->len = len;
    parcel->want = want;
    if (!parcel->text) {
        free(parcel);
        return ERR_NO_MEMORY;
    }
    *out = parcel;
    return ERR_OK;
}

void sio_parcel_destroy(struct sio_parcel *parcel)
{
    if (!parcel)
        return;
    for (uint32_t i = 0; i < parcel->count; i++)
        free((void *)parcel->pieces[i].text);
    free(parcel->text);
    free(parcel);
}

enum err sio_parcel_add(
        struct sio_parcel *parcel, const char *data, size_t len, size_t most)
{
    char *piece;

    if (len > most || parcel->bytes > most - len)
        return ERR_TOO_LARGE;
    piece = copy(data, len);
    if (!piece)
        return ERR_NO_MEMORY;
    parcel->pieces[parcel->count++] = (struct piece){ piece, len };
    parcel->bytes += len;
    return ERR_OK;
}

bool sio_parcel_is_whole(const struct sio_parcel *parcel)
{
    return parcel->count == parcel->want;
}
