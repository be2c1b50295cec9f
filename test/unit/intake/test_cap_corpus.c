/* SPDX-License-Identifier: Apache-2.0 */
/* The reader on alerts of others: real ones, examples of the standard, and a list of
 * verdicts. The files are not in the repository; test_cap.c tests the same on alerts made
 * there. */
#include "document.h"

#include <dirent.h>

static char folder[4096];

/* Text of a file below the corpus; the size. */
static size_t load(const char *below, const char *name, char *ret)
{
    char path[8192];
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, below, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    const size_t size = fread(ret, 1, ROOM, file);
    (void)fclose(file);
    return size;
}

static bool is_absent(void)
{
    const char *data = getenv("MUSTER_DATA");
    (void)snprintf(folder, sizeof folder, "%s/cap",
                   data == NULL ? "../shared/data" : data);
    DIR *open = opendir(folder);
    if (open == NULL) {
        printf("absent: %s\n", folder);
        return true;
    }
    (void)closedir(open);
    return false;
}

struct tally {
    uint32_t read, refused, warned; /* warned: of those that are read */
    uint32_t old;                   /* of those refused, CAP 1.0 */
};

static void try_one(const char *below, const char *name, struct tally *tally)
{
    static char text[ROOM];
    struct cap_alert *alert = NULL;
    struct diag diag = {0};
    const int status = cap_read(text, load(below, name, text), &alert, &diag);
    if (status != ST_OK) {
        assert_true(diag.status == status && diag.text[0] != '\0');
        tally->refused++;
        tally->old += strstr(diag.text, "CAP 1.0") != NULL;
        return;
    }
    tally->read++;
    uint32_t warnings = 0;
    for (int i = 0; i < CAP_WARNING_COUNT; i++)
        warnings += alert->warnings[i];
    tally->warned += warnings > 0;
    cap_free(alert);
}

static struct tally try_all(const char *below)
{
    struct tally tally = {0};
    char path[8192];
    (void)snprintf(path, sizeof path, "%s/%s", folder, below);
    DIR *open = opendir(path);
    assert_non_null(open);
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;)
        if (entry->d_name[0] != '.')
            try_one(below, entry->d_name, &tally);
    (void)closedir(open);
    return tally;
}

/* All that keep the rules are read, but for the four of CAP 1.0; HTML in texts (8) and
 * Macao's reference to itself get a warning. */
static void test_valid(void **state)
{
    (void)state;
    if (is_absent())
        return;
    const struct tally tally = try_all("valid");
    assert_int_equal(tally.read, 50);
    assert_int_equal(tally.warned, 9);
    assert_int_equal(tally.refused, 4);
    assert_int_equal(tally.old, 4);
}

static void test_invalid(void **state)
{
    (void)state;
    if (is_absent())
        return;
    const struct tally tally = try_all("invalid");
    assert_int_equal(tally.read, 0);
    assert_int_equal(tally.refused, 13);
}

/* Real alerts that break the schema. Refused are the three of Switzerland, which have
 * neither category nor certainty, and one of GDACS with brackets in its polygons. */
static void test_nonconforming(void **state)
{
    (void)state;
    if (is_absent())
        return;
    const struct tally tally = try_all("nonconforming-real");
    assert_int_equal(tally.read, 5);
    assert_int_equal(tally.warned, 5);
    assert_int_equal(tally.refused, 4);
}

static void check_verdict(const char *name, const char *verdict)
{
    static char text[ROOM];
    struct cap_alert *alert = NULL;
    struct diag diag = {0};
    const int status = cap_read(text, load("invalid-derived", name, text), &alert, &diag);
    bool is_met = status == ST_OK;
    if (strcmp(verdict, "reject") == 0)
        is_met = status == ST_INVALID || status == ST_UNSUPPORTED || status == ST_LIMIT;
    else if (strcmp(verdict, "accept-or-413") == 0)
        is_met = status == ST_OK || status == ST_LIMIT;
    for (int i = 0; i < CAP_WARNING_COUNT && status == ST_OK; i++)
        is_met = is_met && alert->warnings[i] == 0;
    if (!is_met)
        fail_msg("%s: %s, but %d: %s", name, verdict, status, diag.text);
    cap_free(alert);
}

static void test_verdicts(void **state)
{
    (void)state;
    if (is_absent())
        return;
    static char list[ROOM];
    list[load("invalid-derived", "EXPECT.tsv", list)] = '\0';
    char *rest = NULL;
    uint32_t count = 0;
    (void)strtok_r(list, "\n", &rest); /* its head */
    for (char *line; (line = strtok_r(NULL, "\n", &rest)) != NULL; count++) {
        char *cells = NULL;
        const char *name = strtok_r(line, "\t", &cells);
        check_verdict(name, strtok_r(NULL, "\t", &cells));
    }
    assert_int_equal(count, 93);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_nonconforming),
        cmocka_unit_test(test_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
