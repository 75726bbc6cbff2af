/* The list of devices as a table for people. */
#include "bridge/rest/device.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/dialect/gate.h"

#define CELL_CHARS 47
#define MINUTE     16 /* characters of a time up to its minutes */

/* A list is many things, each of them small. */
static const struct json_limits limits = {
    .depth = 8, .string_bytes = 2048, .keys = 64, .elements = 100000
};

struct cell {
    char text[CELL_CHARS + 1];
};

/* --- members --- */

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(object, name));

    return text ? text : "";
}

/* `format` has one %d. Without the member nothing is written. */
static void put_number(const cJSON *object, const char *name,
        const char *format, struct cell *cell)
        __attribute__((format(printf, 3, 0)));

static void put_number(const cJSON *object, const char *name,
        const char *format, struct cell *cell)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (cJSON_IsNumber(item))
        snprintf(cell->text, sizeof(cell->text), format, item->valueint);
}

/* --- columns --- */

static void put_id(const cJSON *device, struct cell *cell)
{
    snprintf(cell->text, sizeof(cell->text), "%s", text_of(device, "id"));
}

static void put_kind(const cJSON *device, struct cell *cell)
{
    snprintf(cell->text, sizeof(cell->text), "%s", text_of(device, "kind"));
}

static void put_state(const cJSON *device, struct cell *cell)
{
    const char *state = text_of(device, "state");
    const char *since = text_of(device, "since");

    if (strcmp(state, "offline") == 0 && strlen(since) > MINUTE)
        snprintf(cell->text, sizeof(cell->text), "offline since %.10s %.5s UTC",
                since, since + 11);
    else
        snprintf(cell->text, sizeof(cell->text), "%s", state);
}

static void put_battery(const cJSON *device, struct cell *cell)
{
    bool charges =
            cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(device, "charging"));

    put_number(device, "battery", charges ? "%d%% charging" : "%d%%", cell);
}

static void put_signal(const cJSON *device, struct cell *cell)
{
    put_number(device, "rssi", "%d dBm", cell);
}

static void put_firmware(const cJSON *device, struct cell *cell)
{
    snprintf(cell->text, sizeof(cell->text), "%s", text_of(device, "firmware"));
}

/* Of a printer the tickets that wait; of others what they have yet to say. */
static void put_queue(const cJSON *device, struct cell *cell)
{
    put_number(device, "queued", "%d", cell);
    put_number(device, "queue", "%d", cell);
}

static void put_of_table(
        const cJSON *object, const char *before, struct cell *cell)
{
    const cJSON *table = cJSON_GetObjectItemCaseSensitive(object, "table");

    if (!table)
        return;
    snprintf(cell->text, sizeof(cell->text), "%stable %s", before,
            text_of(table, "id"));
}

/* Where it stands, or whose it is: that is the newer word. */
static void put_place(const cJSON *device, struct cell *cell)
{
    const cJSON *assigned =
            cJSON_GetObjectItemCaseSensitive(device, "assigned");
    const char *order = text_of(assigned, "orderId");
    const char *station = text_of(device, "station");

    if (*station)
        snprintf(cell->text, sizeof(cell->text), "station %s", station);
    put_of_table(device, "", cell);
    put_of_table(assigned, "with ", cell);
    if (*order)
        snprintf(cell->text, sizeof(cell->text), "with order %s", order);
}

static void put_trouble(const cJSON *device, struct cell *cell)
{
    snprintf(cell->text, sizeof(cell->text), "%s", text_of(device, "trouble"));
}

static const struct column {
    const char *title;
    void (*put)(const cJSON *device, struct cell *cell);
} columns[] = {
    { "ID", put_id },
    { "KIND", put_kind },
    { "STATE", put_state },
    { "BATTERY", put_battery },
    { "SIGNAL", put_signal },
    { "FIRMWARE", put_firmware },
    { "QUEUE", put_queue },
    { "PLACE", put_place },
    { "TROUBLE", put_trouble },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* --- the table --- */

/* Whatever somebody calls his firmware, it says nothing to a terminal. */
static void make_printable(struct cell *cell)
{
    for (char *c = cell->text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    if (!cell->text[0])
        cell->text[0] = '-';
}

static void measure(
        const struct cell *cells, size_t rows, size_t widths[COLUMNS])
{
    for (size_t i = 0; i < rows * COLUMNS; i++) {
        size_t len = strlen(cells[i].text), column = i % COLUMNS;

        if (len > widths[column])
            widths[column] = len;
    }
}

static void put_row(
        struct buf *out, const struct cell *row, const size_t widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        bool is_last = i + 1 == COLUMNS;

        buf_printf(out, "%-*s%s", is_last ? 0 : (int)widths[i], row[i].text,
                is_last ? "\n" : "  ");
    }
}

static void put_table(
        struct buf *out, const cJSON *devices, struct cell *cells, size_t rows)
{
    size_t widths[COLUMNS] = { 0 };
    struct cell *row = cells;
    const cJSON *device;

    for (size_t i = 0; i < COLUMNS; i++)
        snprintf(row[i].text, sizeof(row[i].text), "%s", columns[i].title);
    cJSON_ArrayForEach(device, devices)
    {
        row += COLUMNS;
        for (size_t i = 0; i < COLUMNS; i++) {
            columns[i].put(device, &row[i]);
            make_printable(&row[i]);
        }
    }
    measure(cells, rows, widths);
    for (size_t i = 0; i < rows; i++)
        put_row(out, cells + i * COLUMNS, widths);
}

enum err device_print_list(struct buf *out, const char *text, size_t len)
{
    struct fault fault;
    struct cell *cells;
    cJSON *json, *devices;
    size_t rows;

    if (len > DEVICE_LIST_BYTES ||
            json_gate_within(text, len, &limits, &fault) != ERR_OK)
        return ERR_BAD_JSON;
    json = cJSON_ParseWithLength(text, len);
    devices = cJSON_GetObjectItemCaseSensitive(json, "devices");
    if (!cJSON_IsArray(devices)) {
        cJSON_Delete(json);
        return ERR_BAD_JSON;
    }
    rows = (size_t)cJSON_GetArraySize(devices) + 1;
    cells = calloc(rows * COLUMNS, sizeof(*cells));
    if (cells)
        put_table(out, devices, cells, rows);
    free(cells);
    cJSON_Delete(json);
    return cells ? ERR_OK : ERR_NO_MEMORY;
}
