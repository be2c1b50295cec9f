/* SPDX-License-Identifier: Apache-2.0 */
/* The same server without a socket: requests come as bytes from the same process and the
 * answers go back by a call, on one thread, when its owner says so. For the simulator:
 * everything above the edge is the real thing. */
#ifndef MUSTER_HTTP_LOCAL_H
#define MUSTER_HTTP_LOCAL_H

#include "http/http.h"

struct http_local_answer {
    int status;          /* 0: the server went away without an answer */
    const char *headers; /* "Name: value\r\n" lines */
    const char *body;    /* a NUL stands behind it */
    size_t size;
};
typedef void http_local_heard(void *context, const struct http_local_answer *answer);

/* Bytes of a stream as they go out; SIZE 0: it has ended, and nothing comes after. */
typedef void http_local_told(void *context, const char *bytes, size_t size);

/* CLOCK outlives it. ST_NO_MEMORY. http_server_free ends it: requests without an answer
 * are told so. */
int http_local_new(struct http_server **ret, struct clock *clock, http_handler *handler,
                   void *context) __attribute__((warn_unused_result));
/* TEXT[0..SIZE) is one whole request, head and body. HEARD comes exactly once, from here
 * or from http_local_turn or http_server_free, unless this fails: ST_INVALID (no request
 * that the edge takes), ST_NO_MEMORY. */
int http_local_send(struct http_server *server, const char *text, size_t size,
                    http_local_heard *heard, void *context)
    __attribute__((warn_unused_result));
/* The same for a request that may become a stream: HEARD comes with status 200 and no
 * body then, and TOLD with everything that is sent. */
int http_local_listen(struct http_server *server, const char *text, size_t size,
                      http_local_heard *heard, http_local_told *told, void *context)
    __attribute__((warn_unused_result));
/* The client of CONTEXT goes away, if it has a stream: TOLD is not called any more. */
void http_local_leave(struct http_server *server, void *context);
/* Makes the calls that were posted, and those that come of them. */
void http_local_turn(struct http_server *server);

#endif
