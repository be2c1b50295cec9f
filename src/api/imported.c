/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imported.h"

#include "api/out.h"
#include "base/mem.h"
#include "base/status.h"
#include "store/people_file.h"

bool imported_remark(const struct people_file *file, uint32_t index, struct diag *ret)
{
    const struct people_import *import = &file->import;
    const struct {
        int64_t count;
        const char *field, *text;
    } all[] = {
        {import->unplaced, "area",
         "new people without an area, whom only accounts of the whole instance find"},
        {import->under_age, "age", "people under 18, who are not called"},
        {import->too_old, "age", "people older than 110 years"},
        {import->uncounted, "certificates",
         "people with a skill that does not count, for want of a valid certificate"},
        {import->teams_left, "teams", "teams whose leader has left"},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i].count == 0 || index-- > 0)
            continue;
        (void)diag_set(ret, ST_OK, 0, 0, all[i].field, "%s: %lld", all[i].text,
                       (long long)all[i].count);
        return true;
    }
    return false;
}

static void write_warning(struct text *ret, const struct diag *diag)
{
    out_open(ret, NULL, '{');
    out_int(ret, "line", diag->line);
    out_int(ret, "column", diag->column);
    out_text(ret, "field", diag->where);
    out_text(ret, "text", diag->text);
    out_close(ret, '}');
}

static void write_warnings(const struct people_file *file, struct text *ret)
{
    struct diag remark;
    out_open(ret, "warnings", '[');
    for (uint32_t i = 0; imported_remark(file, i, &remark); i++)
        write_warning(ret, &remark);
    for (uint32_t i = 0; i < file->csv.warning_count; i++)
        write_warning(ret, &file->csv.warnings[i]);
    for (uint32_t i = 0; i < file->import.warning_count; i++) {
        const struct people_warning *warning = &file->import.warnings[i];
        out_open(ret, NULL, '{');
        out_int(ret, "line", warning->line);
        out_text(ret, "text", warning->code);
        out_text(ret, "other", warning->other);
        out_close(ret, '}');
    }
    out_close(ret, ']');
}

void imported_write(const struct people_file *file, struct text *ret)
{
    out_open(ret, NULL, '{');
    out_int(ret, "added", file->import.added);
    out_int(ret, "changed", file->import.changed);
    out_int(ret, "same", file->import.same);
    out_int(ret, "retired", file->import.retired);
    out_bool(ret, "names_compared", !file->import.skip_names);
    write_warnings(file, ret);
    out_close(ret, '}');
}
