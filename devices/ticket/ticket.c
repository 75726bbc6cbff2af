#include "devices/ticket/ticket.h"

#include <assert.h>

#include "devices/ticket/fill.h"
#include "devices/ticket/templates.h"

static enum ticket_kind kind_of(const Dw__PrintRequested *job)
{
    switch ((int)job->kind) {
    case DW__TICKET_KIND__TICKET_KIND_ADD_ON:
        return TICKET_ADD_ON;
    case DW__TICKET_KIND__TICKET_KIND_VOID:
        return TICKET_VOID;
    case DW__TICKET_KIND__TICKET_KIND_CHANGE:
        return TICKET_CHANGE;
    case DW__TICKET_KIND__TICKET_KIND_SUMMARY:
        return TICKET_SUMMARY;
    default:
        return TICKET_ORDER;
    }
}

static bool lay_out(const struct ticket_paper *paper, enum ticket_kind kind,
        const Dw__PrintRequested *job)
{
    struct template builtin;

    assert(paper->columns >= TICKET_MIN_COLUMNS &&
            paper->columns <= TICKET_MAX_COLUMNS);
    if (paper->templates)
        return fill_template(&paper->templates->tickets[kind], paper, job);
    ticket_template_builtin(&builtin, kind);
    return fill_template(&builtin, paper, job);
}

bool ticket_layout(
        const struct ticket_paper *paper, const Dw__PrintRequested *job)
{
    return lay_out(paper, kind_of(job), job);
}

bool ticket_test_page(const struct ticket_paper *paper, const char *name)
{
    Dw__PrintRequested job = DW__PRINT_REQUESTED__INIT;
    Dw__Order order = DW__ORDER__INIT;

    job.job_id = (char *)"test";
    job.station = (char *)"";
    job.printer = (char *)name;
    job.order = &order;
    return lay_out(paper, TICKET_TEST, &job);
}
