#include "devices/port/esp32/main/claim_http.h"

#include <esp_http_client.h>
#include <string.h>

#include "devices/port/esp32/logic/setup.h"

#define TIMEOUT_MS 10000

static bool ask(esp_http_client_handle_t client, const char *body, int *status)
{
    int len = (int)strlen(body);

    if (esp_http_client_set_header(
                client, "Content-Type", "application/json") != ESP_OK ||
            esp_http_client_open(client, len) != ESP_OK ||
            esp_http_client_write(client, body, len) != len ||
            esp_http_client_fetch_headers(client) < 0)
        return false;
    *status = esp_http_client_get_status_code(client);
    return true;
}

static bool read_answer(esp_http_client_handle_t client, char *out, size_t cap)
{
    int len = esp_http_client_read_response(client, out, (int)cap - 1);

    if (len <= 0 || !esp_http_client_is_complete_data_received(client))
        return false;
    out[len] = '\0';
    return true;
}

enum claim_result claim_http(
        const struct setup_claim *claim, const char *ca, char *out, size_t cap)
{
    const esp_http_client_config_t config = { .url = claim->url,
        .method = HTTP_METHOD_POST,
        .timeout_ms = TIMEOUT_MS,
        .disable_auto_redirect = true,
        .cert_pem = ca[0] ? ca : NULL };
    esp_http_client_handle_t client = esp_http_client_init(&config);
    enum claim_result result = CLAIM_LATER;
    int status = 0;

    if (!client)
        return CLAIM_LATER;
    if (ask(client, claim->body, &status)) {
        if (status == 200 && read_answer(client, out, cap))
            result = CLAIM_GIVEN;
        else if (status == 403)
            result = CLAIM_REFUSED;
    }
    esp_http_client_cleanup(client);
    return result;
}
