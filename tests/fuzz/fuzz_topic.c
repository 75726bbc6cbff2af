/*
 * A topic that the broker delivers: what is one of ours is made of names by
 * the grammar, and of nothing else.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bridge/mqtt/topics.h"

static const char *const samples[] = {
    "dw/1/main/in/till/order.created",
    "dw/1/main/dev/pager-5/state",
    "dw/1/main/dev/pager-5/ack",
    "dw/1/main/dev/../../ack",
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

#include "tests/fuzz/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1), again[TOPIC_CHARS + 1], tail[128];
    struct topic topic;

    assert(text);
    memcpy(text, data, len);
    text[len] = '\0';
    if (topic_parse("main", text, &topic)) {
        const char *path = topic_rows[topic.kind].path;
        bool in = topic.kind == TOPIC_IN;

        assert(id_is_valid(topic.client, strlen(topic.client)));
        assert(!strpbrk(topic.event, "/+#$ \n\r"));
        tail[0] = '/';
        tail[1] = '\0';
        strncat(tail, in ? topic.event : strrchr(path, '/') + 1,
                sizeof(tail) - 2);
        assert(topic_print_id(
                "main", in ? "in" : "dev", topic.client, tail, again));
        assert(strcmp(again, text) == 0);
    }
    free(text);
    return 0;
}
