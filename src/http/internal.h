/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this layer share; nobody else includes it, but its tests. One loop
 * thread owns all of it, except what says otherwise.
 *
 *   server.c      listening, the list of connections, posts, run and stop, the sweep
 *   connection.c  a connection: bytes in -> heads, bodies -> the handler
 *   output.c      a connection's queue of blocks, plain or through TLS; how it ends
 *   answer.c      requests and their answers
 *   stream.c      server-sent events
 *   local.c       the same without a socket
 */
#ifndef MUSTER_HTTP_INTERNAL_H
#define MUSTER_HTTP_INTERNAL_H

#include "base/status.h"
#include "base/text.h"
#include "http/block.h"
#include "http/cookie.h"
#include "http/head.h"
#include "http/http.h"
#include "http/listen.h"
#include "http/local.h"
#include "http/relayed.h"
#include "http/tls.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#define HTTP_READ_SIZE 65536             /* one read */
#define HTTP_WAITING_MAX 65536           /* unread input kept while a handler works */
#define HTTP_OUT_PAUSE_SIZE (256 * 1024) /* more unsent: no further request is begun */
#define HTTP_OUT_PAUSE_COUNT 64          /* likewise, in blocks */
#define HTTP_OUT_MAX 1024                /* blocks; a stream's cap is lower */
#define HTTP_WRITE_BLOCKS 16             /* blocks in one write */
#define HTTP_TLS_WRITE_SIZE 65536        /* plain bytes encrypted for one write */
#define HTTP_DROP_MAX 65536              /* bytes a stream says, read and dropped */
#define HTTP_LINGER_DROP_MAX (16 * 1024 * 1024) /* of a body refused, before a close */
#define HTTP_STREAM_SEND_BUFFER 16384           /* else the kernel hides a stuck reader */
#define HTTP_ADDRESS_BUCKETS 65536
#define HTTP_LISTEN_BACKLOG 4096 /* all may come back at once; the kernel's own cap */
#define HTTP_REFUSED_MAX 1024    /* connections beyond the cap that are told so */

/* Every deadline, in milliseconds; the tests make them short. */
struct http_timing {
    int64_t tick_ms;       /* how often deadlines are looked at */
    int64_t head_ms;       /* TLS handshake, or a whole head */
    int64_t body_grace_ms; /* then the rate below is demanded */
    int64_t body_rate;     /* bytes a second, on average */
    int64_t idle_ms;       /* between requests */
    int64_t stall_ms;      /* output without progress */
    int64_t linger_ms;     /* waiting for the client to close */
    int64_t heartbeat_ms;  /* of a silent stream */
    int64_t stop_ms;       /* until stop closes what is left */
};
extern const struct http_timing http_timing_default;

enum http_state {
    HTTP_HANDSHAKE, /* TLS */
    HTTP_HEAD,      /* between requests, or part of a head is here */
    HTTP_BODY,      /* the head is read, the body is not whole */
    HTTP_BUSY,      /* the handler has the request */
    HTTP_STREAM,    /* server-sent events */
    HTTP_FLUSH,     /* the last answer is on its way, then the end */
    HTTP_LINGER,    /* our side is shut down; input is dropped until theirs is */
    HTTP_CLOSED     /* uv_close was called */
};

struct http_stream {
    void (*on_close)(void *context, struct http_stream *);
    void (*on_clear)(void *context); /* NULL: nobody asks */
    void *context;
    bool is_open;                    /* on_close is owed */
    struct http_local_stream *local; /* NULL: part of a connection */
};

/* A stream to somebody in this process, of a server without sockets. */
struct http_local_stream {
    struct http_stream stream;
    struct http_local_stream *next; /* of the server */
    http_local_told *told;          /* NULL: the client has gone */
    void *context;
    bool is_ending;
};

struct http_connection {
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct http_server *server;
    struct http_connection *next, *previous; /* of the server */
    struct http_connection *ready_next;
    bool is_ready;   /* in the ready list */
    bool head_begun; /* a byte has come since the last answer */
    bool alert_sent; /* TLS: the closing alert */
    enum http_state state;
    bool processing; /* in http_connection_process: do not enter again */
    bool eof;        /* the client has closed its side */
    bool reading;    /* uv_read_start is on */
    bool writing;    /* WRITE is under way */
    bool has_bucket; /* counted in the address buckets */
    uint16_t bucket;
    struct http_tls *tls; /* NULL = plain */

    char *in; /* bytes not yet taken */
    uint32_t in_size, in_capacity;
    size_t scanned; /* of the head in IN */
    struct http_request *request;
    uint32_t served;

    struct http_block **out; /* the queue, oldest first; OUT_FLIGHT of them in WRITE */
    uint32_t out_count, out_capacity, out_flight;
    size_t out_size;           /* bytes in OUT, with those in flight */
    size_t out_offset;         /* bytes of out[0] that are gone or encrypted */
    struct http_block *cipher; /* TLS: what WRITE sends */

    int64_t since_ms;    /* when the state, or the present head, began */
    int64_t progress_ms; /* when output last moved */
    int64_t sent_ms;     /* when something was last queued */
    size_t progress_left;
    uint32_t dropped;
    struct http_stream stream;
    char *hello; /* RELAYED_LINE_MAX bytes while a relay's line is not whole, else NULL */
    uint8_t hello_size;
    bool is_greeted, is_relayed;
    char peer[HTTP_ADDRESS_SIZE];
};

struct http_request {
    struct http_server *server;
    struct http_connection *connection; /* NULL: the client is gone, or it has HEARD */
    http_local_heard *heard;            /* of http/local.h; called once */
    http_local_told *told;              /* NULL: cannot become a stream */
    void *heard_context;
    struct http_request *next, *previous;
    struct http_head head;
    char *head_text;
    char *body;
    size_t body_size, body_got;
    char *cookie_text;
    struct http_pair cookies[HTTP_COOKIES_MAX];
    uint32_t cookie_count;
    struct text headers; /* of the answer */
    bool has_cache_control;
    void *context;
    void (*dispose)(void *context);
    bool is_head, is_tls, is_relayed;
    char peer[HTTP_ADDRESS_SIZE];
};

struct http_post {
    struct http_post *next;
    void (*call)(void *);
    void *context;
};

struct http_server {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_async_t wake;
    uv_timer_t tick;
    uv_idle_t ready_idle;
    uv_timer_t every; /* http_server_every */
    void (*every_call)(void *context);
    void *every_context;
    struct http_timing timing;
    struct http_address address;
    struct http_tls_context *tls;
    _Atomic int64_t certificate_ends_s; /* 0: no TLS */
    struct clock *clock;
    http_handler *handler;
    void *context;
    char url[HTTP_ADDRESS_SIZE + 16];
    char proxy[HTTP_ADDRESS_SIZE]; /* "" = none */
    bool has_relay_key;
    uint8_t relay_key[RELAYED_KEY_SIZE];
    size_t body_max;
    size_t (*body_max_of)(void *context, const struct http_request *request);
    uint32_t connections_max, connections_max_per_address;
    struct http_connection *connections;
    struct http_connection *ready;
    struct http_request *requests; /* not yet answered */
    struct http_local_stream *local_streams;
    _Atomic uint32_t connection_count;
    _Atomic uint64_t refused_count;
    uint16_t *buckets; /* connections by address (hashed) */
    uint64_t bucket_seed;
    struct http_block *resync, *heartbeat;
    int64_t date_s;
    char date[40];
    int64_t stop_since_ms;
    bool stopping;
    bool is_loop_open;
    bool is_running; /* http_server_run, on LOOP_THREAD */
    pthread_t loop_thread;
    bool accept_owed; /* no memory for a connection: the next tick tries again */
    _Atomic bool stop_asked, cut_asked;
    pthread_mutex_t posts_lock; /* guards the three below */
    struct http_post *posts, **posts_end;
    uint32_t posts_count;
    bool posts_closed;
    char read_buffer[HTTP_READ_SIZE];
};

/* server.c */
int http_server_new_timed(struct http_server **ret, const struct http_config *config,
                          const struct http_timing *timing, http_handler *handler,
                          void *context, struct diag *reterr)
    __attribute__((warn_unused_result));
int64_t http_server_now_ms(struct http_server *server);
/* Asserts that it is called on the loop's thread, while the loop runs. */
void http_server_assert_loop(const struct http_server *server);
const char *http_server_date(struct http_server *server);
/* Makes the calls that were posted. */
void http_server_run_posts(struct http_server *server);
/* Goes on with the connection soon, from the loop. */
void http_server_ready(struct http_connection *connection);
void http_server_forget(struct http_connection *connection); /* its handle is closed */

/* connection.c */
void http_connection_new(struct http_server *server); /* accepts one */
/* The socket is the connection's from now on; DATA came from it. */
void http_connection_adopt(struct http_server *server, int fd, const char *data,
                           size_t size);
void http_connection_process(struct http_connection *connection);
void http_connection_sweep(struct http_connection *connection, int64_t now_ms);
void http_connection_stop(struct http_connection *connection);
void http_connection_close(struct http_connection *connection);
/* The answer is queued: the next request, or the end. */
void http_connection_answered(struct http_connection *connection, bool keep_alive);

/* output.c */
/* Queues a block (takes the caller's reference, also on failure; NULL = no memory).
 * False: the connection was closed. */
bool http_output_queue(struct http_connection *connection, struct http_block *block);
/* Everything queued has left for the kernel. */
bool http_output_is_empty(const struct http_connection *connection);
/* The same, and nothing encrypts: what is sent may go straight out. */
bool http_output_is_idle(const struct http_connection *connection);
/* On an idle connection: writes BLOCK at once and queues what the kernel does not take.
 * Takes its own reference if it needs one. */
void http_output_send(struct http_connection *connection, struct http_block *block);
void http_output_flush(struct http_connection *connection);
/* Ends the connection once everything queued has been sent. */
void http_output_finish(struct http_connection *connection);
bool http_output_paused(const struct http_connection *connection);
void http_output_release(struct http_connection *connection);
/* Drops what is not in flight. */
void http_output_drop(struct http_connection *connection);

/* answer.c */
/* CONNECTION may be NULL. */
struct http_request *http_request_new(struct http_server *server,
                                      struct http_connection *connection);
void http_request_free(struct http_request *request);
/* A problem document of the edge itself; the connection ends. */
void http_refuse(struct http_connection *connection, int status, const char *why);
/* The head of an answer up to, not with, the empty line. */
void http_answer_head(struct text *ret, struct http_server *server, int status,
                      const struct http_request *request);

/* local.c */
struct http_stream *http_local_stream_open(struct http_request *request,
                                           void (*on_close)(void *context,
                                                            struct http_stream *),
                                           void *context);
/* BLOCK NULL: no memory for it, a resync instead. */
void http_local_stream_send(struct http_local_stream *local,
                            const struct http_block *block);
/* It ends at the next turn. */
void http_local_stream_close(struct http_local_stream *local);
/* Ends those that were closed, or ALL. */
void http_local_end_streams(struct http_server *server, bool all);

/* stream.c */
void http_stream_sweep(struct http_connection *connection, int64_t now_ms);

#endif
