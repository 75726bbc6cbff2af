#include "devices/port/esp32/main/nvs_store.h"

#include <nvs.h>
#include <nvs_flash.h>

#define CORE_SPACE "dw_core"
#define SELF_SPACE "dw_self"

static nvs_handle_t core;
static nvs_handle_t self;

bool nvs_store_start(void)
{
    return nvs_flash_init() == ESP_OK &&
           nvs_open(CORE_SPACE, NVS_READWRITE, &core) == ESP_OK &&
           nvs_open(SELF_SPACE, NVS_READWRITE, &self) == ESP_OK;
}

static bool forget(nvs_handle_t space, const char *key)
{
    esp_err_t err = nvs_erase_key(space, key);

    if (err == ESP_ERR_NVS_NOT_FOUND)
        return true;
    return err == ESP_OK && nvs_commit(space) == ESP_OK;
}

bool nvs_store_keep(const char *key, const void *data, size_t len)
{
    if (len == 0)
        return forget(core, key);
    return nvs_set_blob(core, key, data, len) == ESP_OK &&
           nvs_commit(core) == ESP_OK;
}

size_t nvs_store_load(const char *key, void *data, size_t cap)
{
    size_t len = cap;

    return nvs_get_blob(core, key, data, &len) == ESP_OK ? len : 0;
}

bool nvs_store_get_text(const char *key, char *out, size_t cap)
{
    size_t len = cap;

    return nvs_get_str(self, key, out, &len) == ESP_OK;
}

bool nvs_store_put_text(const char *key, const char *text)
{
    if (!text)
        return forget(self, key);
    return nvs_set_str(self, key, text) == ESP_OK && nvs_commit(self) == ESP_OK;
}
