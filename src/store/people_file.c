/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of crowd knows neither areas nor organisations: they are looked up here. The
 * skills it grows are a copy, which the import puts in the place of the writer's. */
#include "store/people_file.h"

#include "base/mem.h"
#include "base/status.h"
#include "store/area.h"
#include "store/db.h"
#include "store/places.h"

struct lookup {
    struct db *db;
    struct area_tree areas;
};

static int64_t find_area(void *context, const char *code)
{
    const struct area *area = area_by_code(&((struct lookup *)context)->areas, code);
    return area == NULL ? 0 : area->id;
}

static bool find_organisation(void *context, const char *name)
{
    struct query *query = db_query(((struct lookup *)context)->db,
                                   "SELECT 1 FROM organisation WHERE name = ?1");
    query_text(query, 1, name);
    bool found = query_step(query) == 1;
    query_reset(query);
    return found;
}

static int read_rows(struct people_file *file, char *text, size_t size,
                     const struct people_file_config *config, struct lookup *lookup,
                     struct diag *reterr)
{
    const struct people_csv_config csv = {.skills = file->skills,
                                          .road = config->road,
                                          .rows_max = config->rows_max,
                                          .today = config->today,
                                          .area = find_area,
                                          .organisation = find_organisation,
                                          .context = lookup};
    int status = people_csv_parse(text, size, &csv, &file->csv, reterr);
    if (status != ST_OK)
        return status;
    file->import = (struct people_import){.count = file->csv.count,
                                          .rows = file->csv.rows,
                                          .dry_run = config->dry_run,
                                          .retire_missing = config->retire_missing,
                                          .retire_most = config->retire_most,
                                          .skip_names = config->people + file->csv.count >
                                                        config->names_max,
                                          .skills = file->skills,
                                          .has_areas = lookup->areas.count > 1,
                                          .stop = config->stop};
    return ST_OK;
}

int people_file_read(struct people_file *ret, char *text, size_t size,
                     const struct people_file_config *config, struct diag *reterr)
{
    *ret = (struct people_file){.skills = mem_alloc(sizeof *ret->skills)};
    struct lookup lookup = {.db = config->db};
    int status = ST_OK;
    if (ret->skills == NULL || skills_load(config->db, ret->skills) != ST_OK ||
        area_tree_load(&lookup.areas, config->db) != ST_OK)
        status = diag_set(reterr, ST_IO, 0, 0, "people", "the tables cannot be read");
    if (status == ST_OK)
        status = read_rows(ret, text, size, config, &lookup, reterr);
    area_tree_release(&lookup.areas);
    return status;
}

void people_file_release(struct people_file *file)
{
    people_import_release(&file->import);
    people_csv_release(&file->csv);
    mem_free(file->skills);
    file->skills = NULL;
}
