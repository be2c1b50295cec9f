/* SPDX-License-Identifier: Apache-2.0 */
/* Every command: what it takes, what it needs, what it does. */
#include "base/mem.h"
#include "base/status.h"
#include "main/commands.h"
#include "main/service.h"

const struct cli_command cli_commands[] = {
    {"init", "", 0, 0, "tls-name=NAMES store=URL", CLI_FOLDER, command_init,
     "an empty instance: database (SQLite, or PostgreSQL at --store), keys, "
     "configuration, admin account; --tls-name makes a certificate authority of the "
     "county's own, and a certificate for these names and addresses (',' between)"},
    {"demo", "", 0, 0, "listen=H:P simulate people=N seed=N store=URL", CLI_FOLDER,
     command_demo,
     "the synthetic demo county, then serve; --simulate answers for its people"},
    {"serve", "", 0, 0,
     "listen=H:P tls-cert=FILE tls-key=FILE behind-proxy=ADDR store=URL", CLI_FOLDER,
     command_serve,
     "serve the console, the API and the volunteers' pages, at 127.0.0.1:8080 unless "
     "--listen says otherwise"},
    {"import roads", "[FILE.osm|.osm.gz|.osm.pbf]", 0, 1,
     "dimacs=FILE.gr coords=FILE.co scale=S", CLI_FOLDER, command_import_roads,
     "the road network"},
    {"import areas", "FILE.csv|FILE.geojson", 1, 1, "", CLI_INSTANCE,
     command_import_areas, "code,name,parent,level[,lat,lon]; polygons by code"},
    {"import skills", "FILE.csv", 1, 1, "", CLI_INSTANCE, command_import_skills,
     "code,zh,en,certificate,months,implies"},
    {"import sites", "FILE.csv", 1, 1, "", CLI_INSTANCE, command_import_sites,
     "code,kind,name,lat,lon[,capacity,area]"},
    {"import teams", "FILE.csv", 1, 1, "", CLI_INSTANCE, command_import_teams,
     "number,name,leader,deputies,size,skills[,area]"},
    {"import people", "FILE.csv", 1, 1, "dry-run retire-missing retire-most",
     CLI_INSTANCE, command_import_people,
     "number,name,lat,lon[,phone,email,mode,skills,certificates,area,organisations,duty,"
     "quiet,birth,paused_until,suspended,places]; all rows or none; --retire-missing: "
     "who is "
     "not in the file leaves (--retire-most: even if that is more than half)"},
    {"undo-import", "", 0, 0, "", CLI_INSTANCE, command_undo_import,
     "takes the newest import of people back: all as before it, who was new leaves, whom "
     "somebody has changed since stays"},
    {"nearest", "", 0, 0, "at=LAT,LON! count=K! mode=M skill=S minutes=M time=T explain",
     CLI_READ, command_nearest, "the nearest who qualify, by travel time to a place"},
    {"matrix", "", 0, 0, "mode=M from=FILE.csv! to=FILE.csv!", CLI_READ, command_matrix,
     "travel seconds between the points of two files"},
    {"circle", "", 0, 0, "at=LAT,LON! mode=M direction=to|from minutes=N[,N...]! people",
     CLI_READ, command_circle,
     "from where a place is reached in so many minutes (from: whither one comes), as "
     "GeoJSON, and which sites are inside; --people lists who is"},
    {"coverage", "", 0, 0,
     "kind=K[,K...] mode=M direction=from|to minutes=N area=CODE propose=N", CLI_READ,
     command_coverage,
     "which villages all sites of some kinds reach in so many minutes, and where new "
     "ones "
     "would cover most"},
    {"close-road", "", 0, 0,
     "at=LAT,LON radius=M polygon=FILE limit=KMH until=T reason=TEXT!", CLI_INSTANCE,
     command_close_road,
     "nobody is sent through a road, a circle or an area; with --limit: nobody is "
     "faster there"},
    {"open-road", "ID", 1, 1, "", CLI_INSTANCE, command_open_road,
     "opens again what close-road closed"},
    {"plan", "FILE.json", 1, 1, "", CLI_READ, command_plan,
     "whom to alert, when, with what probability; alerts nobody"},
    {"drill", "SCENARIO.json", 1, 1, "seed=N policy=P runs=R full html=FILE", CLI_MAYBE,
     command_drill,
     "an exercise in virtual time: policies compared on the same people and luck"},
    {"drill-helper", "", 0, 0, "", CLI_NOTHING, command_drill_helper,
     "what a server asks in, the report as JSON out: the helper of POST drills"},
    {"solve tail", "K FILE", 2, 2, "", CLI_NOTHING, command_solve_tail,
     "P(X >= K) of a probability a line"},
    {"solve assignment", "FILE", 1, 1, "", CLI_NOTHING, command_solve_assignment,
     "the least total cost of an OR-Library file"},
    {"solve waves", "FILE.json", 1, 1, "", CLI_NOTHING, command_solve_waves,
     "the fewest expected alerts over two waves"},
    {"solve tasks", "FILE.json", 1, 1, "", CLI_NOTHING, command_solve_tasks,
     "who takes which of many tasks at once: priorities, early, even, near"},
    {"bench road", "[FILE...]", 0, CLI_WORDS_MAX, "questions=N", CLI_NOTHING,
     command_bench_road,
     "are the nearest the nearest? On graph and map files, or on the demo county"},
    {"bench plan", "", 0, 0, "", CLI_NOTHING, command_bench_made,
     "what plans cost: from the sources, by make bench-plan"},
    {"bench loop", "", 0, 0, "", CLI_NOTHING, command_bench_made,
     "what the loop carries: from the sources, by make bench-loop"},
    {"simulate", "", 0, 0,
     "seed=N seeds=COUNT minutes=M plant=NAME without=HABITS only=STRIKES", CLI_NOTHING,
     command_simulate,
     "the whole server in a deterministic world; --plant list names planted bugs"},
    {"verify", "", 0, 0, "heads=FILE", CLI_READ_ROWS, command_verify,
     "chains, invariants, references; exit 0 only if all hold"},
    {"archive", "", 0, 0, "", CLI_ROWS, command_archive,
     "moves the events of incidents closed for archive_days now, not within the hour"},
    {"report", "INCIDENT", 1, 1, "pdf=FILE lang=zh|en", CLI_READ_ROWS, command_report,
     "what an incident or exercise came to: JSON, or a PDF"},
    {"hours", "", 0, 0, "from=DATE! to=DATE! organisation=NAME exercise csv",
     CLI_READ_ROWS, command_hours,
     "credited hours from one day to another by organisation, or of the people of one; "
     "--csv for a spreadsheet"},
    {"statistics", "", 0, 0, "from=DATE! to=DATE! area=CODE csv", CLI_READ_ROWS,
     command_statistics,
     "what a time came to, by area, month and kind: incidents, needs, people, hours, "
     "exercises, courses; --csv for a spreadsheet"},
    {"report-pdf", "", 0, 0, "lang=zh|en", CLI_NOTHING, command_report_pdf,
     "a report's JSON in, its PDF out: the helper of report"},
    {"heads", "", 0, 0, "", CLI_READ_ROWS, command_heads,
     "the signed heads of the chain, a line each: keep them elsewhere, for verify "
     "--heads"},
    {"replay", "INCIDENT", 1, 1, "at=TIME", CLI_READ_ROWS, command_replay,
     "the board of an incident (id or case) as it stood, from its events alone"},
    {"backup", "FOLDER", 1, 1, "keys=FOLDER", CLI_READ_ROWS, command_backup,
     "a verified copy of a running instance; the keys go to a folder of their own, or "
     "nowhere"},
    {"restore", "FOLDER", 1, 1, "keys=FOLDER! erased=FILE", CLI_FOLDER, command_restore,
     "a backup becomes an instance in DIR; --erased (of the newest backup) erases again "
     "whom it names"},
    {"erase-person", "NUMBER", 1, 1, "", CLI_INSTANCE, command_erase_person,
     "destroy the key of a person's data; for good"},
    {"erase-requester", "CASE", 1, 1, "", CLI_INSTANCE, command_erase_requester,
     "destroy the key of who asked for help in an incident that is over, its title and "
     "notes; for good"},
    {"merge-people", "NUMBER DUPLICATE", 2, 2, "", CLI_INSTANCE, command_merge_people,
     "DUPLICATE becomes an alias of NUMBER"},
    {"account add", "NAME", 1, 1, "role=R! area=CODE", CLI_ROWS, command_account_add,
     "an account with a role in an area"},
    {"account list", "", 0, 0, "", CLI_READ_ROWS, command_account_list,
     "who has an account, open or closed, with which roles"},
    {"account password", "NAME", 1, 1, "", CLI_ROWS, command_account_password,
     "a new password, shown once; whoever is signed in is signed out"},
    {"account close", "NAME", 1, 1, "", CLI_ROWS, command_account_close,
     "nobody signs in to it any more; what it did stays on record"},
    {"account open", "NAME", 1, 1, "", CLI_ROWS, command_account_open,
     "a closed account is open again"},
    {"desk set", "AREA", 1, 1, "email=ADDRESS", CLI_ROWS, command_desk_set,
     "where the area's duty room is written to: by e-mail too, else the web hook and the "
     "mailbox only"},
    {"desk list", "", 0, 0, "", CLI_READ_ROWS, command_desk_list, "the desks there are"},
    {"desk remove", "AREA", 1, 1, "", CLI_ROWS, command_desk_remove,
     "it is written to no more, and its address is unreadable for good"},
    {"try", "CHANNEL", 1, 1, "to=ADDRESS", CLI_READ_ROWS, command_try,
     "one test message by email, sms, voice, webhook or file, as they are configured: "
     "says whether it was taken, or why not"},
    {"token", "", 0, 0, "account=A! revoke", CLI_ROWS, command_token,
     "an API token for scripts, which never ends; --revoke: all that the account has "
     "open "
     "nothing any more"},
    {"copy-store", "", 0, 0, "to=URL|sqlite! switch", CLI_FOLDER, command_copy_store,
     "everything into an empty store of the other engine, proved equal; --switch then "
     "uses it"},
    {"help", "[COMMAND]", 0, 2, "", CLI_NOTHING, command_help,
     "this list, or what one command takes"},
    {"--version", "", 0, 0, "", CLI_NOTHING, command_version, "the version"},
};
const uint32_t cli_command_count = COUNT_OF(cli_commands);

int command_help(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    struct text text;
    text_init(&text, CLI_OUTPUT_MAX);
    bool is_known = true;
    if (cli->word_count == 0)
        cli_help(&text);
    else
        is_known = cli_help_of(&text, cli);
    if (is_known && cli->json) {
        text_append_string(&cli->out, "{\"help\":");
        text_append_json(&cli->out, text_string(&text));
        text_append_string(&cli->out, "}\n");
    } else if (is_known) {
        text_append(&cli->out, text_string(&text), text.size);
    }
    text_release(&text);
    if (is_known)
        return ST_OK;
    cli->is_misused = true;
    return diag_set(reterr, ST_INVALID, 0, 0, cli->words[0],
                    "no such command; `muster help` lists them");
}

int command_version(struct cli *cli, struct instance *instance, struct diag *reterr)
{
    (void)instance;
    (void)reterr;
    text_appendf(&cli->out, cli->json ? "{\"version\":\"%s\"}\n" : "muster %s\n",
                 MUSTER_VERSION);
    return ST_OK;
}
