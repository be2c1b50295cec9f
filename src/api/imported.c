/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imported.h"

#include "api/out.h"
#include "base/status.h"
#include "store/people_file.h"

bool imported_unplaced(const struct people_file *file, struct diag *ret)
{
    if (file->import.unplaced == 0)
        return false;
    (void)diag_set(ret, ST_OK, 0, 0, "area",
                   "new people without an area, whom only accounts of the whole instance "
                   "find: %u",
                   file->import.unplaced);
    return true;
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
    struct diag unplaced;
    out_open(ret, "warnings", '[');
    if (imported_unplaced(file, &unplaced))
        write_warning(ret, &unplaced);
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
