#include "devices/port/esp32/main/happening.h"

#include <freertos/FreeRTOS.h>
#include <freertos/queue.h>
#include <stdlib.h>

#define HAPPENINGS 24

static QueueHandle_t queue;

bool happening_start(void)
{
    queue = xQueueCreate(HAPPENINGS, sizeof(struct happening));
    return queue != NULL;
}

void happening_post(const struct happening *happening)
{
    if (xQueueSend(queue, happening, 0) != pdTRUE)
        abort();
}

void happening_post_from_interrupt(enum happening_kind kind)
{
    const struct happening happening = { .kind = kind };
    BaseType_t is_woken = pdFALSE;

    if (xQueueSendFromISR(queue, &happening, &is_woken) != pdTRUE)
        abort();
    portYIELD_FROM_ISR(is_woken);
}

/* Rounded up: a wait that ends before its time would be made in vain. */
static TickType_t ticks(uint32_t ms)
{
    return (TickType_t)(((uint64_t)ms * configTICK_RATE_HZ + 999) / 1000);
}

bool happening_wait(struct happening *happening, uint32_t ms)
{
    return xQueueReceive(queue, happening, ticks(ms)) == pdTRUE;
}
