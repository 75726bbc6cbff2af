/* Pages are offered again until the pager says that it has them. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/evt/body.h"
#include "hub/hub_watch.h"
#include "schemas/device.pb-c.h"

#define OFFER_MS 3000 /* for a pager to say that it has a page */
#define OFFERS   3    /* again */

/* The page that its pager should have by now, or NULL. Who sleeps is offered it
 * when it wakes: hub_sleep.c. */
static const Dw__Page *page_of(const struct hub *hub, const struct watch *watch)
{
    const Dw__Page *page = shelf_find(&hub->state.pages, watch->subject.id);
    const Dw__Device *pager =
            page ? escalate_pager(&hub->state, page->sent) : NULL;

    if (!pager || pager->sleep_s > 0 || hub_may_be_gone(hub, pager->id) ||
            state_newest_page(&hub->state, pager) != page)
        return NULL;
    return page;
}

bool watch_is_beside(const struct hub *hub, const struct watch *watch)
{
    const Dw__Page *page =
            watch->subject.about == ESCALATE_READY && !watch->is_lost
                    ? shelf_find(&hub->state.pages, watch->subject.id)
                    : NULL;

    return page && page->sent->device_id &&
           state_page_of_table(&hub->state, page->sent->order_id);
}

void hub_lose_page(struct hub *hub, const char *id)
{
    Dw__PageStep *step = (void *)body_new(&dw__page_step__descriptor);

    assert(step);
    body_set_string(&step->page_id, id);
    body_set_string(&step->reason, "not received");
    hub_say(hub, EVT_PAGE_LOST, &step->base, hub->now_ms);
}

/* The pager is there and has not said that it has the page. Once it is gone,
 * or there is a newer page, there is nothing to wait for: it is offered what
 * counts when it comes back. */
void watch_offer_page(struct hub *hub, struct watch *watch)
{
    const Dw__Page *page = page_of(hub, watch);
    ProtobufCMessage *again;

    watch->offer_ms = 0;
    if (!page)
        return;
    if (watch->offers == OFFERS) {
        hub_lose_page(hub, page->sent->page_id);
        return;
    }
    again = body_copy(&page->sent->base);
    assert(again);
    watch->offers++;
    watch->offer_ms = hub_passed(hub) + OFFER_MS;
    hub->escalations.is_offering = true;
    hub_say(hub, EVT_PAGE_SENT, again, hub->now_ms);
    hub->escalations.is_offering = false;
}

/* Is it known of nobody that he has the page, nor that it is lost? */
static bool is_on_its_way(const struct hub *hub, const Dw__Page *page)
{
    const Dw__OrderDeliveries *of =
            page->sent->order_id
                    ? state_deliveries(&hub->state, page->sent->order_id)
                    : NULL;
    bool is_sent = false;

    for (size_t i = 0; of && i < of->n_deliveries; i++) {
        const Dw__Delivery *delivery = of->deliveries[i];

        if (strcmp(delivery->delivery_id, page->sent->page_id) != 0)
            continue;
        if (delivery->progress > DW__PROGRESS__PROGRESS_SENT)
            return false;
        is_sent = true;
    }
    return is_sent;
}

void watch_resume_page(struct hub *hub, struct watch *watch)
{
    const Dw__Page *page = shelf_find(&hub->state.pages, watch->subject.id);

    if (!page || !is_on_its_way(hub, page))
        return;
    watch->offer_ms = hub_passed(hub) + OFFER_MS;
    watch_plan(hub, watch, hub_passed(hub));
}

/* What is said of a page. */
void watch_hear_page(struct hub *hub, const struct evt *evt)
{
    struct subject subject = { .about = ESCALATE_READY };
    char name[ID_CHARS + 1];
    struct watch *watch;

    snprintf(subject.id, sizeof(subject.id), "%s",
            body_text(evt->body, "page_id"));
    escalate_name(&subject, name);
    watch = watch_find(hub, ESCALATE_READY, name);
    if (!watch || (evt->what == EVT_PAGE_SENT && hub->escalations.is_offering))
        return;
    watch->offers = 0;
    watch->offer_ms = evt->what == EVT_PAGE_SENT && page_of(hub, watch)
                              ? hub_passed(hub) + OFFER_MS
                              : 0;
    watch->is_lost = evt->what == EVT_PAGE_LOST;
    watch_plan(hub, watch, hub_passed(hub));
}
