/* SPDX-License-Identifier: Apache-2.0 */
/* `import areas`, `sites`, `teams`, and a file of heads, against a store of their own.
 * The first byte says which. Every import is refused at its end, so each run meets the
 * same store; what an accepted import leaves must be a tree that loads. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "store/area.h"
#include "store/commands.h"
#include "store/db.h"
#include "store/link.h"
#include "store/places.h"
#include "store/vault.h"
#include "store/verify.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    struct writer *writer;
    struct vault *vault;
    struct db *reader;
    struct clock_manual clock;
    struct random_seeded random;
    struct link_key link_key;
    char dir[64], paths[4][96];
} store;

static void drop_store(void)
{
    char command[128];
    db_close(store.reader);
    writer_free(store.writer);
    vault_close(store.vault);
    (void)snprintf(command, sizeof command, "rm -rf %s", store.dir);
    if (system(command) != 0)
        abort();
}

static int make_root(void *context, struct writer *writer, int64_t now_ms,
                     struct diag *reterr)
{
    (void)context;
    char areas[] = "code,name,parent,level\nP01,Town,,town\n";
    struct place_import result = {0};
    struct query *query =
        db_query(writer_db(writer), "INSERT INTO area (id, code, name, parent_id, level)"
                                    " VALUES (?1, 'root', 'root', 0, 'city')");
    query_int(query, 1, writer_new_id(writer));
    if (query_run(query) != ST_OK)
        abort();
    return area_import(writer, areas, sizeof areas - 1, 0, now_ms, &result, reterr);
}

static void make_store(void)
{
    static const char *const names[] = {"db", "keys", "master", "signing"};
    struct diag diag;
    (void)snprintf(store.dir, sizeof store.dir, "/tmp/muster-fuzz-XXXXXX");
    if (mkdtemp(store.dir) == NULL)
        abort();
    for (int i = 0; i < 4; i++)
        (void)snprintf(store.paths[i], sizeof store.paths[i], "%s/%s", store.dir,
                       names[i]);
    clock_manual_init(&store.clock, INT64_C(1763870400000));
    random_seeded_init(&store.random, 1);
    struct vault_config vault = {store.paths[1], store.paths[2], &store.random.super, 1};
    if (vault_open(&store.vault, &vault, &diag) != ST_OK)
        abort();
    struct writer_config config = {.db_path = store.paths[0],
                                   .vault = store.vault,
                                   .clock = &store.clock.super,
                                   .random = &store.random.super,
                                   .signing_key_path = store.paths[3]};
    loop_config_default(&config.loop);
    if (writer_new(&store.writer, &config, &diag) != ST_OK ||
        command_call(store.writer, make_root, NULL, &diag) != ST_OK ||
        db_open(&store.reader, store.paths[0], DB_READ, &diag) != ST_OK)
        abort();
    link_key_init(&store.link_key, store.vault);
    (void)atexit(drop_store);
}

struct input {
    char *text;
    size_t size;
    uint8_t which;
};

static int import(void *context, struct writer *writer, int64_t now_ms,
                  struct diag *reterr)
{
    struct input *input = context;
    struct place_import areas = {0};
    struct place_import places = {0};
    int status;
    switch (input->which % 4) {
    case 0:
        status = area_import(writer, input->text, input->size, 1, now_ms, &areas, reterr);
        break;
    case 1:
        status =
            sites_import(writer, input->text, input->size, 1, now_ms, &places, reterr);
        break;
    default:
        status =
            teams_import(writer, input->text, input->size, 1, now_ms, &places, reterr);
        break;
    }
    if (status == ST_OK) {
        struct area_tree tree;
        if (area_tree_load(&tree, writer_db(writer)) != ST_OK)
            abort();
        for (uint32_t i = 0; i < tree.count; i++)
            if (!area_is_under(&tree, tree.areas[i].id, tree.areas[0].id))
                abort();
        area_tree_release(&tree);
    }
    return ST_CONFLICT; /* take it back */
}

static void check_heads(const struct input *input)
{
    struct verify_result result;
    struct text findings;
    struct diag diag;
    text_init(&findings, 1 << 20);
    if (verify_store(store.reader, input->text, input->size, &result, &findings, &diag) !=
        ST_OK)
        abort();
    text_release(&findings);
    int64_t id;
    if (link_find(&store.link_key, input->text, &id))
        abort(); /* a token out of nothing */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (store.writer == NULL)
        make_store();
    if (size == 0 || size > 65536)
        return 0;
    struct input input = {.size = size - 1, .which = data[0]};
    AUTO_FREE char *text = mem_alloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    input.text = text;
    if (input.which % 4 == 3) {
        check_heads(&input);
        return 0;
    }
    if (command_call(store.writer, import, &input, NULL) != ST_CONFLICT)
        abort();
    return 0;
}
