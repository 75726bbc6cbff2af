#include "devices/port/esp32/main/identity.h"

#include <esp_log.h>
#include <sdkconfig.h>
#include <stdlib.h>
#include <string.h>

#include "devices/port/esp32/logic/setup.h"
#include "devices/port/esp32/main/claim_http.h"
#include "devices/port/esp32/main/nvs_store.h"

#define TAG "identity"

#define CREDENTIAL_KEY "credential"
#define CLAIM_KEY      "claim"
#define CA_KEY         "ca"
#define HUB_KEY        "hub" /* the host that gave the credential */

static char text[SETUP_BYTES]; /* too large for the stack */

static void or_configured(char out[CREDENTIAL_TEXT], const char *configured)
{
    size_t len = strlen(configured);

    if (!out[0] && len < CREDENTIAL_TEXT)
        memcpy(out, configured, len + 1);
}

static bool is_word(const char *value, const char *word)
{
    return strcmp(value, word) == 0;
}

/* Where the broker is; what the credential does not say is as it was built. */
static bool find_broker(struct identity *identity)
{
    struct credential *credential = &identity->credential;

    or_configured(credential->id, credential->client_id);
    or_configured(credential->site, "main");
    if (!credential->host[0] && !nvs_store_get_text(HUB_KEY, credential->host,
                                        sizeof(credential->host)))
        or_configured(credential->host, CONFIG_DW_BROKER_HOST);
    identity->port = (uint32_t)strtoul(credential->port, NULL, 10);
    if (identity->port == 0)
        identity->port = CONFIG_DW_BROKER_PORT;
#if CONFIG_DW_BROKER_TLS
    identity->tls = !is_word(credential->tls, "false");
#else
    identity->tls = is_word(credential->tls, "true");
#endif
    if (!nvs_store_get_text(CA_KEY, identity->ca, sizeof(identity->ca)))
        identity->ca[0] = '\0';
    if (credential->host[0] && identity->port <= UINT16_MAX &&
            (!identity->tls || identity->ca[0]))
        return true;
    ESP_LOGE(TAG, "the broker's host, port or certificate is missing");
    return false;
}

enum identity_state identity_load(struct identity *identity)
{
    if (nvs_store_get_text(CREDENTIAL_KEY, text, sizeof(text)) &&
            credential_parse(&identity->credential, text, strlen(text)) &&
            find_broker(identity))
        return IDENTITY_KNOWN;
    if (nvs_store_get_text(CLAIM_KEY, text, sizeof(text)))
        return IDENTITY_CLAIMED;
    return IDENTITY_NONE;
}

/* What stands in text[0..len), without its certificate. */
static enum setup_kind kind_of(size_t len)
{
    static struct setup_claim claim; /* too large for a server's stack */
    static struct credential credential;
    enum setup_kind kind = setup_read(&claim, text, len);

    return kind == SETUP_CREDENTIAL && !credential_parse(&credential, text, len)
                   ? SETUP_NONE
                   : kind;
}

bool identity_set_up(const char *said, size_t len)
{
    size_t ca = setup_certificate(said, len);
    enum setup_kind kind;

    if (len >= sizeof(text))
        return false;
    memmove(text, said, len);
    text[len] = '\0';
    kind = kind_of(ca);
    if (kind == SETUP_NONE ||
            (ca < len && !nvs_store_put_text(CA_KEY, text + ca)))
        return false;
    text[ca] = '\0';
    return nvs_store_put_text(
                   kind == SETUP_CLAIM ? CLAIM_KEY : CREDENTIAL_KEY, text) &&
           nvs_store_put_text(
                   kind == SETUP_CLAIM ? CREDENTIAL_KEY : CLAIM_KEY, NULL);
}

bool identity_claim(struct identity *identity)
{
    struct setup_claim claim;
    enum claim_result result;

    if (!nvs_store_get_text(CLAIM_KEY, text, sizeof(text)) ||
            setup_read(&claim, text, strlen(text)) != SETUP_CLAIM)
        return false;
    if (!nvs_store_get_text(CA_KEY, identity->ca, sizeof(identity->ca)))
        identity->ca[0] = '\0';
    result = claim_http(&claim, identity->ca, text, sizeof(text));
    if (result == CLAIM_GIVEN && nvs_store_put_text(HUB_KEY, claim.host) &&
            identity_set_up(text, strlen(text)))
        return identity_load(identity) == IDENTITY_KNOWN;
    if (result == CLAIM_REFUSED) {
        ESP_LOGE(TAG, "the code is refused");
        nvs_store_put_text(CLAIM_KEY, NULL);
    }
    return false;
}
