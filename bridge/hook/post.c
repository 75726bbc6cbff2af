#include "bridge/hook/post.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>

struct post {
    uv_timer_t timer; /* libcurl's */
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers; /* of the request under way */
    void (*answered)(void *owner, const struct post_answer *answer);
    void *owner;
    size_t heard; /* bytes of the answer */
    bool is_busy;
};

/* A socket of libcurl's, and our look at it. */
struct watch {
    uv_poll_t poll;
    struct post *post;
    curl_socket_t fd;
};

/* --- what libcurl has done --- */

static struct post_answer read_answer(const struct post *post, CURLcode result)
{
    struct post_answer answer = { .reason = "" };
    curl_off_t wait_s = 0;
    /* Cut off by ourselves: it said more than we care for. */
    bool is_enough =
            result == CURLE_WRITE_ERROR && post->heard > POST_ANSWER_BYTES;

    if (result != CURLE_OK && !is_enough) {
        answer.reason = curl_easy_strerror(result);
        return answer;
    }
    curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(post->easy, CURLINFO_RETRY_AFTER, &wait_s);
    if (wait_s > 0)
        answer.retry_after_s =
                wait_s < UINT32_MAX ? (uint32_t)wait_s : UINT32_MAX;
    return answer;
}

static void let_go(struct post *post)
{
    post->is_busy = false;
    curl_multi_remove_handle(post->multi, post->easy);
    curl_slist_free_all(post->headers);
    post->headers = NULL;
}

static void collect(struct post *post)
{
    struct post_answer answer;
    const CURLMsg *message;
    CURLcode result;
    int left;

    while ((message = curl_multi_info_read(post->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        result = message->data.result; /* gone with the next call */
        answer = read_answer(post, result);
        let_go(post);
        post->answered(post->owner, &answer);
    }
}

/* --- what libcurl wants of the loop --- */

static void on_timer(uv_timer_t *timer)
{
    struct post *post = timer->data;
    int running;

    curl_multi_socket_action(post->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(post);
}

static int want_timer(CURLM *multi, long ms, void *context)
{
    struct post *post = context;

    (void)multi;
    if (ms < 0)
        uv_timer_stop(&post->timer);
    else
        uv_timer_start(&post->timer, on_timer, (uint64_t)ms, 0);
    return 0;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct post *post = watch->post;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    int running;

    if (events & UV_READABLE)
        what |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        what |= CURL_CSELECT_OUT;
    curl_multi_socket_action(post->multi, watch->fd, what, &running);
    collect(post); /* `watch` may be closing: do not touch it any more */
}

static void on_watch_closed(uv_handle_t *poll)
{
    free(poll->data);
}

static struct watch *new_watch(struct post *post, curl_socket_t fd)
{
    struct watch *watch = malloc(sizeof(*watch));

    if (!watch || uv_poll_init(post->timer.loop, &watch->poll, fd) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->post = post;
    watch->fd = fd;
    curl_multi_assign(post->multi, fd, watch);
    return watch;
}

static int want_socket(
        CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct watch *watch = known;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        curl_multi_assign(((struct post *)context)->multi, fd, NULL);
        return 0;
    }
    if (!watch)
        watch = new_watch(context, fd);
    if (!watch)
        return -1;
    return uv_poll_start(&watch->poll,
            (what & CURL_POLL_IN ? UV_READABLE : 0) |
                    (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
            on_socket);
}

/* --- the answer's bytes --- */

static size_t on_bytes(char *data, size_t size, size_t count, void *context)
{
    struct post *post = context;

    (void)data;
    post->heard += size * count;
    return post->heard > POST_ANSWER_BYTES ? 0 : size * count;
}

/* --- the interface --- */

static bool set_up_easy(struct post *post)
{
    CURL *easy = post->easy;

    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == 0 &&
           curl_easy_setopt(
                   easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) == 0 &&
           curl_easy_setopt(
                   easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) == 0 &&
           curl_easy_setopt(easy, CURLOPT_POST, 1L) == 0 &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT,
                   "dumbwaiter/" DUMBWAITER_VERSION) == 0 &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)POST_DEADLINE_MS) ==
                   0 &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)POST_CONNECT_MS) == 0 &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == 0 &&
           /* Else giving up waits for the name's look-up, in the loop. */
           curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == 0 &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes) == 0 &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, post) == 0 &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_bytes) == 0 &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, post) == 0;
}

static bool set_up_multi(struct post *post)
{
    CURLM *multi = post->multi;

    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want_socket) ==
                   0 &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, post) == 0 &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_timer) == 0 &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, post) == 0 &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L) == 0;
}

enum err post_open(struct post **out, const struct post_options *options)
{
    struct post *post = calloc(1, sizeof(*post));
    enum err err = ERR_NO_MEMORY;

    if (!post)
        return ERR_NO_MEMORY;
    post->answered = options->answered;
    post->owner = options->owner;
    post->timer.data = post;
    uv_timer_init(options->loop, &post->timer);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        post->multi = curl_multi_init();
        post->easy = curl_easy_init();
    }
    if (post->multi && post->easy && set_up_multi(post) && set_up_easy(post))
        err = curl_easy_setopt(post->easy, CURLOPT_URL, options->url) == 0
                      ? ERR_OK
                      : ERR_CONFIG;
    if (err != ERR_OK) {
        post_close(post);
        return err;
    }
    *out = post;
    return ERR_OK;
}

static void on_timer_closed(uv_handle_t *timer)
{
    free(timer->data);
}

/* libcurl tells us of its sockets and of its timer once more. */
void post_close(struct post *post)
{
    if (!post)
        return;
    if (post->is_busy)
        let_go(post);
    curl_easy_cleanup(post->easy);
    curl_multi_cleanup(post->multi);
    curl_global_cleanup();
    uv_close((uv_handle_t *)&post->timer, on_timer_closed);
}

static struct curl_slist *make_headers(const char *const headers[])
{
    /* No "Expect: 100-continue": it costs a round, or a second. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    struct curl_slist *longer;

    for (int i = 0; list && i < POST_HEADERS && headers[i]; i++) {
        longer = curl_slist_append(list, headers[i]);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

enum err post_send(struct post *post, const char *const headers[],
        const void *body, size_t len)
{
    assert(!post->is_busy);
    post->headers = make_headers(headers);
    post->heard = 0;
    if (post->headers &&
            curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->headers) ==
                    0 &&
            curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                    (curl_off_t)len) == 0 &&
            curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, body) == 0 &&
            curl_multi_add_handle(post->multi, post->easy) == 0) {
        post->is_busy = true;
        return ERR_OK;
    }
    curl_slist_free_all(post->headers);
    post->headers = NULL;
    return ERR_NO_MEMORY;
}
