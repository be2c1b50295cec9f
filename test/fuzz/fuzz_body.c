/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: the first byte chooses the schema, the rest is JSON, or a form for 0xff, 0xfe.
 */
#include "api/schemas.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct schema *const schemas[] = {
        &need_schema, &incident_schema, &answer_schema, &person_schema,
        &plan_schema, &account_schema,  &notes_schema};
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    struct body body;
    struct problem problem;
    const bool is_form = data[0] >= 0xfe;
    const struct schema *schema = data[0] == 0xff ? &answer_schema
                                  : data[0] == 0xfe
                                      ? &join_schema
                                      : schemas[data[0] % COUNT_OF(schemas)];
    void *input = mem_calloc(1, schema->size);
    const int status = (is_form ? body_read_form : body_read)(&body, schema, text,
                                                              size - 1, input, &problem);
    if (status != 0 && problem.status != 0) {
        struct text out;
        text_init(&out, 1 << 20);
        problem_write(&problem, &out);
        text_release(&out);
    }
    body_release(&body);
    mem_free(input);
    return 0;
}
