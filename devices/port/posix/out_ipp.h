/*
 * out_ipp: what is said to CUPS and what it answers: IPP 1.1 (RFC 8011) in
 * HTTP/1.0, as bytes. It knows no sockets.
 */
#ifndef DEVICES_PORT_POSIX_OUT_IPP_H
#define DEVICES_PORT_POSIX_OUT_IPP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/kinds/printer.h"

#define IPP_QUEUE_CHARS   127
#define IPP_REQUEST_BYTES 2048 /* without a document */

/* Numbers of RFC 8011. */
enum ipp_operation {
    IPP_PRINT_JOB = 0x0002,
    IPP_CANCEL_JOB = 0x0008,
    IPP_GET_JOB = 0x0009,
    IPP_GET_PRINTER = 0x000B,
};

enum ipp_job_state {
    IPP_JOB_UNKNOWN = 0,
    IPP_JOB_PENDING = 3,
    IPP_JOB_HELD = 4,
    IPP_JOB_PROCESSING = 5,
    IPP_JOB_STOPPED = 6,
    IPP_JOB_CANCELED = 7,
    IPP_JOB_ABORTED = 8,
    IPP_JOB_COMPLETED = 9,
};

struct ipp_request {
    enum ipp_operation operation;
    const char *queue;     /* ipp_queue_is_valid */
    const char *job_name;  /* of IPP_PRINT_JOB */
    uint32_t job;          /* of the two about jobs */
    size_t document_bytes; /* that follow, of IPP_PRINT_JOB */
};

/* A name that needs no spelling in an address. */
bool ipp_queue_is_valid(const char *queue);

/* Write the request up to its document. Returns its length. */
size_t ipp_write(
        const struct ipp_request *request, uint8_t out[IPP_REQUEST_BYTES]);

/* What an answer says; what it does not say is 0. */
struct ipp_answer {
    bool is_ok;
    uint32_t job;
    enum ipp_job_state state;
    bool never_processed;       /* it says that nothing of the job was sent */
    bool refuses_jobs;          /* the queue */
    struct print_status status; /* of the printer, as far as CUPS knows */
};

/* Read the whole of an answer. False: it is none. */
bool ipp_read(struct ipp_answer *answer, const uint8_t *bytes, size_t len);

#endif
