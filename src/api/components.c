/* SPDX-License-Identifier: Apache-2.0 */
/* Written by hand beside the handlers that write the answers; a test reads real answers
 * against them. */
#include "api/components.h"

#include "base/mem.h"

#define OBJECT(required, properties)                                                     \
    "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" properties "}}"
#define TEXT(name) "\"" name "\":{\"type\":\"string\"}"
#define TIME(name) "\"" name "\":{\"type\":\"string\",\"format\":\"date-time\"}"
#define INT(name) "\"" name "\":{\"type\":\"integer\"}"
#define REAL(name) "\"" name "\":{\"type\":\"number\"}"
#define MAYBE(name) "\"" name "\":{\"type\":[\"number\",\"null\"]}"
#define BOOL(name) "\"" name "\":{\"type\":\"boolean\"}"
#define TEXTS(name) "\"" name "\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"
#define REF(name, to) "\"" name "\":{\"$ref\":\"#/components/schemas/" to "\"}"
#define REFS(name, to)                                                                   \
    "\"" name "\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/" to    \
    "\"}}"
#define LIST(name, item)                                                                 \
    {                                                                                    \
        name "List", OBJECT("\"items\"", REFS("items", item)), "{\"items\":[]}"          \
    }
#define ANY(name) "\"" name "\":{\"type\":\"object\"}"

/* clang-format off */
const struct component components[] = {
    {"Problem",
     OBJECT("\"type\",\"title\",\"status\"",
            TEXT("type") "," TEXT("title") "," INT("status") "," TEXT("detail") ","
            TEXT("instance") ","
            "\"allowed\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":"
            "\"With 409: what the present state takes as step or answer; where the body has neither, as step elsewhere\"},"
            "\"errors\":{\"type\":\"array\",\"items\":" OBJECT("\"pointer\",\"detail\"", TEXT("pointer") "," TEXT("detail") ","
            INT("line") "," INT("column") "," TEXT("field")) "}," INT("lines_wrong") "," INT("errors_total")),
     "{\"type\":\"urn:muster:problem:unprocessable\",\"title\":\"Unprocessable Content\",\"status\":422,"
     "\"detail\":\"the body is not as it should be\",\"errors\":[{\"pointer\":\"/kind\",\"detail\":\"is required\"}]}"},
    {"Place", OBJECT("\"lat\",\"lon\"", REAL("lat") "," REAL("lon")), "{\"lat\":30.7,\"lon\":121.02}"},
    {"AreaName", OBJECT("\"code\",\"name\"", TEXT("code") "," TEXT("name") "," TEXT("level")), "{\"code\":\"root\",\"name\":\"root\"}"},
    {"Made", OBJECT("\"id\"", INT("id")), "{\"id\":17}"},
    {"State", OBJECT("\"id\",\"state\"", INT("id") "," TEXT("state")), "{\"id\":17,\"state\":\"confirmed\"}"},
    {"Instance",
     OBJECT("\"name\",\"synthetic\",\"version\",\"zone\",\"root_area\",\"demo\"",
            ANY("name") "," BOOL("synthetic") "," "\"box\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}},"
            TEXT("version") "," TIME("now") "," TEXT("zone") "," TEXT("root_area") "," TEXTS("channels") ","
            BOOL("demo") "," BOOL("mailbox") "," BOOL("join") "," INT("desk_next_s") "," BOOL("stores")),
     "{\"name\":{\"zh\":\"示范县\",\"en\":\"Demo County\"},\"synthetic\":true,\"version\":\"0.1.0\",\"zone\":\"Asia/Shanghai\","
     "\"root_area\":\"root\",\"channels\":[\"file\"],\"demo\":true,\"stores\":true}"},
    {"Role", OBJECT("\"role\",\"area\"", TEXT("role") "," TEXT("area")), "{\"role\":\"admin\",\"area\":\"root\"}"},
    {"Session", OBJECT("\"account\",\"roles\",\"csrf\"", TEXT("account") "," REFS("roles", "Role") "," TEXT("csrf") "," TEXT("push_key") "," TEXT("push_p256dh")),
     "{\"account\":\"admin\",\"roles\":[{\"role\":\"admin\",\"area\":\"root\"}],\"csrf\":\"k3J0c2VjcmV0\"}"},
    {"Account", OBJECT("\"account\",\"roles\",\"closed\"", TEXT("account") "," REFS("roles", "Role") "," BOOL("closed")),
     "{\"account\":\"duty1\",\"closed\":false,\"roles\":[{\"role\":\"dispatcher\",\"area\":\"root\"}]}"},
    LIST("Account", "Account"),
    {"Area",
     OBJECT("\"id\",\"code\",\"name\",\"level\"", INT("id") "," TEXT("code") "," TEXT("name") ","
            "\"parent\":{\"type\":[\"string\",\"null\"]}," TEXT("level") "," REF("at", "Place")),
     "{\"id\":1,\"code\":\"root\",\"name\":\"root\",\"parent\":null,\"level\":\"city\"}"},
    LIST("Area", "Area"),
    {"DeskTry", OBJECT("\"channel\",\"state\",\"at\"", TEXT("channel") "," TEXT("state") "," TIME("at")),
     "{\"channel\":\"email\",\"state\":\"delivered\",\"at\":\"2026-11-29T03:12:00Z\"}"},
    {"Desk", OBJECT("\"area\",\"last\"", REF("area", "AreaName") "," TEXT("email") "," REFS("last", "DeskTry")), "{\"area\":{\"code\":\"root\",\"name\":\"root\"},\"email\":\"duty@example.org\",\"last\":[]}"},
    LIST("Desk", "Desk"),
    {"Covered", "{\"type\":\"object\",\"properties\":{" INT("villages") "," INT("households") "}}", "{\"villages\":121}"},
    {"Coverage",
     OBJECT("\"mode\",\"direction\",\"minutes\",\"kinds\",\"villages\",\"sites\",\"places\",\"proposed\",\"after\",\"optimal\",\"bound\"",
            TEXT("mode") "," TEXT("direction") "," INT("minutes") "," TEXTS("kinds") "," REF("area", "AreaName") "," INT("closures_version") ","
            ANY("villages") "," ANY("households") ",\"sites\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
            "\"places\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"proposed\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
            REF("after", "Covered") "," BOOL("optimal") "," REF("bound", "Covered")),
     "{\"mode\":\"car\",\"direction\":\"from\",\"minutes\":15,\"kinds\":[],\"villages\":{\"total\":136,\"covered\":121},\"sites\":[],\"places\":[],\"proposed\":[],\"after\":{\"villages\":121},\"optimal\":true,\"bound\":{\"villages\":121}}"},
    {"Skill", OBJECT("\"code\",\"zh\",\"en\"", TEXT("code") "," TEXT("zh") "," TEXT("en") "," TEXT("certificate") "," INT("months")),
     "{\"code\":\"first-aid\",\"zh\":\"急救\",\"en\":\"first aid\",\"certificate\":\"\",\"months\":0}"},
    LIST("Skill", "Skill"),
    {"Site", OBJECT("\"code\",\"kind\",\"name\",\"at\"", TEXT("code") "," TEXT("kind") "," TEXT("name") "," REF("at", "Place") "," INT("capacity")),
     "{\"code\":\"S1\",\"kind\":\"shelter\",\"name\":\"School\",\"at\":{\"lat\":30.7,\"lon\":121.02},\"capacity\":300}"},
    LIST("Site", "Site"),
    {"Team", OBJECT("\"number\",\"name\",\"size\"", TEXT("number") "," TEXT("name") "," TEXT("leader") "," TEXTS("deputies") "," INT("size") "," TEXTS("skills") "," TEXT("area")),
     "{\"number\":\"T1\",\"name\":\"Boats\",\"leader\":\"P00001\",\"deputies\":[],\"size\":8,\"skills\":[\"boat\"],\"area\":\"root\"}"},
    LIST("Team", "Team"),
    {"Person",
     OBJECT("\"number\",\"area\",\"mode\",\"skills\",\"suspended\"", TEXT("number") "," TEXT("name") "," TEXT("phone") "," TEXT("email") ","
            TEXT("area") "," TEXT("mode") "," TEXTS("skills") "," REFS("certificates", "Certificate") "," TEXTS("not_counted") "," REF("at_grid", "Place") "," TEXT("duty") "," TEXT("quiet") ","
            TEXTS("organisations") "," BOOL("suspended") "," TIME("paused_until") "," TEXT("birth") "," TEXT("own_page") "," BOOL("push") "," ANY("history") "," REF("asking", "Asking") "," REFS("warnings", "PersonWarning")),
     "{\"number\":\"P00001\",\"area\":\"root\",\"mode\":\"foot\",\"skills\":[\"first-aid\"],\"certificates\":[{\"code\":\"nurse\",\"until\":\"2027-05-31\"}],"
     "\"duty\":\"\",\"quiet\":\"\",\"organisations\":[],\"suspended\":false}"},
    LIST("Person", "Person"),
    {"Asking", OBJECT("\"alerts_left\",\"alerted_at\"", TEXT("reason") "," INT("alerts_left") "," "\"alerted_at\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"date-time\"}}"),
     "{\"reason\":\"quiet\",\"alerts_left\":2,\"alerted_at\":[\"2026-11-23T01:42:00+08:00\"]}"},
    {"Certificate", OBJECT("\"code\",\"until\"", TEXT("code") "," "\"until\":{\"type\":\"string\",\"format\":\"date\"}"),
     "{\"code\":\"nurse\",\"until\":\"2027-05-31\"}"},
    {"Applicant",
     OBJECT("\"id\",\"received_at\",\"name\",\"phone\",\"area\",\"mode\",\"skills\"", INT("id") "," TIME("received_at") "," TEXT("name") "," TEXT("phone") ","
            REF("area", "AreaName") "," TEXT("mode") "," TEXTS("skills") "," TEXT("known")),
     "{\"id\":91,\"received_at\":\"2026-11-28T12:00:00+08:00\",\"name\":\"Wang Fang\",\"phone\":\"13800000000\",\"area\":{\"code\":\"root\",\"name\":\"root\"},"
     "\"mode\":\"bike\",\"skills\":[\"first-aid\"]}"},
    LIST("Applicant", "Applicant"),
    {"Hours", OBJECT("\"minutes\",\"assignments\"", TEXT("organisation") "," INT("people") "," TEXT("number") "," TEXT("name") "," INT("minutes") "," INT("assignments")),
     "{\"organisation\":\"Red Cross\",\"people\":12,\"minutes\":1860,\"assignments\":31}"},
    LIST("Hours", "Hours"),
    {"Organisation", OBJECT("\"name\"", TEXT("name")), "{\"name\":\"Red Cross\"}"},
    LIST("Organisation", "Organisation"),
    {"Service",
     OBJECT("\"certificate\",\"number\",\"from\",\"to\",\"issued_at\",\"minutes\",\"assignments\",\"exercise_minutes\",\"exercise_assignments\",\"kinds\"",
            TEXT("certificate") "," TEXT("number") "," TEXT("name") "," TEXTS("organisations") "," TEXT("from") "," TEXT("to") "," TIME("issued_at") ","
            INT("minutes") "," INT("assignments") "," INT("exercise_minutes") "," INT("exercise_assignments") "," REFS("kinds", "ServiceKind") ","
            INT("minutes_now") "," INT("exercise_minutes_now")),
     "{\"certificate\":\"8K2M-QV0T-3XHC-P7ZD-55WJ-R1NB-G4\",\"number\":\"P00001\",\"name\":\"Wang Fang\",\"organisations\":[\"Red Cross\"],\"from\":\"2026-01-01\",\"to\":\"2026-11-30\","
     "\"issued_at\":\"2026-11-30T09:00:00+08:00\",\"minutes\":755,\"assignments\":9,\"exercise_minutes\":120,\"exercise_assignments\":1,"
     "\"kinds\":[{\"kind\":\"flood\",\"exercise\":false,\"minutes\":755,\"assignments\":9}]}"},
    {"ServiceKind", OBJECT("\"kind\",\"exercise\",\"minutes\",\"assignments\"", TEXT("kind") "," BOOL("exercise") "," INT("minutes") "," INT("assignments")),
     "{\"kind\":\"flood\",\"exercise\":false,\"minutes\":755,\"assignments\":9}"},
    {"Count", OBJECT("\"count\"", INT("count")), "{\"count\":3}"},
    {"PersonMade", OBJECT("\"number\"", TEXT("number") "," REFS("warnings", "PersonWarning")), "{\"number\":\"V0001\"}"},
    {"PersonWarning", OBJECT("\"field\",\"text\"", TEXT("field") "," TEXT("text") "," TEXT("other") "," BOOL("retired")),
     "{\"field\":\"phone\",\"text\":\"same_telephone\",\"other\":\"P00001\"}"},
    {"ImportWarning",
     OBJECT("\"line\",\"text\"", INT("line") "," INT("column") "," TEXT("field") "," TEXT("text") "," TEXT("other")),
     "{\"line\":3,\"text\":\"same_telephone\",\"other\":\"P00001\"}"},
    {"PeopleImported",
     OBJECT("\"added\",\"changed\",\"same\",\"retired\",\"names_compared\",\"warnings\"",
            INT("added") "," INT("changed") "," INT("same") "," INT("retired") "," BOOL("names_compared") "," REFS("warnings", "ImportWarning")),
     "{\"added\":30,\"changed\":12,\"same\":2669,\"retired\":0,\"names_compared\":true,\"warnings\":[]}"},
    {"Import", OBJECT("\"id\",\"added\",\"changed\",\"retired\"", INT("id") "," TIME("at") "," TEXT("by") "," INT("added") "," INT("changed") "," INT("retired")),
     "{\"id\":412,\"at\":\"2026-11-23T09:00:00+08:00\",\"by\":\"admin\",\"added\":30,\"changed\":12,\"retired\":0}"},
    LIST("Import", "Import"),
    {"ImportUndone", OBJECT("\"restored\",\"left\",\"kept\"", INT("restored") "," INT("left") "," INT("kept")), "{\"restored\":12,\"left\":30,\"kept\":1}"},
    {"Response", OBJECT("\"id\",\"state\"", INT("id") "," TEXT("state")), "{\"id\":17,\"state\":\"running\"}"},
    {"ResponseItem",
     OBJECT("\"id\",\"area\",\"hazard\",\"level\",\"state\"", INT("id") "," REF("area", "AreaName") "," TEXT("hazard") "," TEXT("level") ","
            TEXT("state") "," TIME("from") "," TIME("to") "," TEXT("started_by") "," TEXT("confirmed_by")),
     "{\"id\":17,\"area\":{\"code\":\"root\",\"name\":\"root\"},\"hazard\":\"typhoon\",\"level\":\"III\",\"state\":\"running\"}"},
    LIST("Response", "ResponseItem"),
    {"CoursePerson", OBJECT("\"number\",\"state\"", TEXT("number") "," TEXT("name") "," TEXT("phone") "," TEXT("state") "," BOOL("retired") "," INT("turn") "," TEXT("passed_over") "," REF("told", "CourseTold")), "{\"number\":\"V0001\",\"state\":\"signed_up\"}"},
    {"Invitations", OBJECT("\"could\",\"renewing\",\"invited\",\"came\",\"share\",\"proposed\"", INT("could") "," INT("renewing") "," INT("invited") "," INT("came") "," REAL("share") "," INT("proposed")),
     "{\"could\":412,\"renewing\":25,\"invited\":0,\"came\":0,\"share\":0.1,\"proposed\":180}"},
    {"Invited", OBJECT("\"invited\"", INT("invited")), "{\"invited\":180}"},
    {"CourseTold", OBJECT("\"kind\",\"state\"", TEXT("kind") "," TEXT("state") "," TEXT("channel") "," TIME("at")), "{\"kind\":\"course_moved\",\"state\":\"delivered\",\"channel\":\"sms\"}"},
    {"Course",
     OBJECT("\"id\",\"title\",\"area\",\"skills\",\"starts_at\",\"minutes\",\"seats\",\"state\",\"signed_up\",\"passed\",\"can\"", INT("id") "," TEXT("title") "," REF("area", "AreaName") ","
            TEXTS("skills") "," TIME("starts_at") "," INT("minutes") "," TEXT("place") "," INT("seats") "," TEXT("state") "," INT("signed_up") "," INT("waiting") "," INT("passed") "," TEXTS("can") "," REFS("people", "CoursePerson")),
     "{\"id\":81,\"title\":\"First aid, beginners\",\"area\":{\"code\":\"root\",\"name\":\"root\"},\"skills\":[\"first-aid\"],\"starts_at\":\"2026-12-05T09:00:00+08:00\",\"minutes\":180,"
     "\"seats\":30,\"state\":\"planned\",\"signed_up\":12,\"passed\":0,\"can\":[\"people\",\"move\",\"cancel\"]}"},
    LIST("Course", "Course"),
    {"Share", OBJECT("\"area\",\"have\",\"of\"", REF("area", "AreaName") "," INT("have") "," INT("of")),
     "{\"area\":{\"code\":\"root\",\"name\":\"root\"},\"have\":3,\"of\":20}"},
    {"Indicator",
     OBJECT("\"code\",\"have\",\"of\",\"target\",\"weight\",\"findings\",\"worst\"", TEXT("code") "," INT("have") "," INT("of") "," REAL("share") "," REAL("target") ","
            TEXT("lead") "," INT("weight") "," REAL("score") "," INT("findings") "," REFS("worst", "Share")),
     "{\"code\":\"reach.first-aid\",\"have\":120,\"of\":136,\"share\":0.882353,\"target\":0.9,\"weight\":3,\"score\":0.980392,\"findings\":1,\"worst\":[]}"},
    {"Target", OBJECT("\"indicator\",\"year\",\"target\"", TEXT("indicator") "," INT("year") "," REAL("target") "," TEXT("lead")),
     "{\"indicator\":\"reach.first-aid\",\"year\":2027,\"target\":0.9}"},
    {"Readiness",
     OBJECT("\"area\",\"at\",\"year\",\"indicators\",\"areas\",\"targets\"", REF("area", "AreaName") "," TIME("at") "," BOOL("renewing") "," INT("year") "," REAL("index") ","
            REFS("indicators", "Indicator") ",\"areas\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," REFS("targets", "Target") ",\"history\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"),
     "{\"area\":{\"code\":\"root\",\"name\":\"root\"},\"at\":\"2026-11-28T12:00:00+08:00\",\"year\":2026,\"index\":73.4,\"indicators\":[],\"areas\":[],\"targets\":[]}"},
    {"StatisticsPart",
     OBJECT("\"incidents\",\"cancelled\",\"needs\",\"in_time\",\"alerts\",\"answered\",\"accepted\",\"came\",\"people\",\"minutes\"", INT("incidents") "," INT("cancelled") ","
            INT("needs") "," INT("in_time") "," INT("alerts") "," INT("answered") "," INT("accepted") "," INT("came") "," INT("people") "," INT("minutes") "," REAL("alert_s") "," REAL("scene_s")),
     "{\"incidents\":2,\"cancelled\":0,\"needs\":2,\"in_time\":1,\"alerts\":24,\"answered\":9,\"accepted\":5,\"came\":4,\"people\":4,\"minutes\":310}"},
    {"StatisticsRow",
     OBJECT("\"actual\",\"exercise\",\"courses\",\"passed\",\"noted\",\"checked\"", REF("area", "AreaName") "," TEXT("month") "," TEXT("kind") "," INT("on_record") "," INT("callable") ","
            REF("actual", "StatisticsPart") "," REF("exercise", "StatisticsPart") "," INT("courses") "," INT("passed") "," INT("noted") "," INT("checked")),
     "{\"month\":\"2026-11\",\"actual\":{},\"exercise\":{},\"courses\":1,\"passed\":12,\"noted\":2,\"checked\":1}"},
    {"Statistics",
     OBJECT("\"from\",\"to\",\"area\",\"total\",\"areas\",\"own\",\"months\",\"kinds\"", TEXT("from") "," TEXT("to") "," REF("area", "AreaName") "," TEXT("people_day") ","
            REF("total", "StatisticsRow") "," REFS("areas", "StatisticsRow") "," REF("own", "StatisticsRow") "," REFS("months", "StatisticsRow") "," REFS("kinds", "StatisticsRow")),
     "{\"from\":\"2026-01-01\",\"to\":\"2026-12-31\",\"area\":{\"code\":\"root\",\"name\":\"root\"},\"total\":{},\"areas\":[],\"own\":{},\"months\":[],\"kinds\":[]}"},
    {"Finding",
     OBJECT("\"id\",\"title\",\"area\",\"state\",\"overdue\",\"can\"", INT("id") "," TEXT("title") "," REF("area", "AreaName") "," TEXT("state") "," TEXT("lead") ","
            TEXT("due") "," TEXT("due_counted") "," BOOL("overdue") "," ANY("incident") "," TEXT("indicator") "," TEXT("note") "," TEXT("made_by") "," TIME("made_at") "," TEXT("solved_by") ","
            TIME("solved_at") "," TEXT("checked_by") "," TIME("checked_at") "," TEXT("dropped_by") "," TIME("dropped_at") "," TEXTS("can")),
     "{\"id\":71,\"title\":\"no boat within 15 minutes\",\"area\":{\"code\":\"root\",\"name\":\"root\"},\"state\":\"open\",\"overdue\":false,\"can\":[\"start\"]}"},
    LIST("Finding", "Finding"),
    {"OwnPage",
     OBJECT("\"nonce\",\"needs_digits\"", TEXT("nonce") "," BOOL("needs_digits") "," TEXT("name") "," TEXT("number") "," TEXT("area") "," BOOL("suspended") ","
            TIME("paused_until") "," TEXT("mode") "," TEXT("duty") "," TEXT("quiet") "," TEXT("push_key") "," TEXT("push_p256dh") ",\"skills\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," INT("minutes") ","
            INT("exercise_minutes") ",\"credits\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"looked\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"courses\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," ANY("history")),
     "{\"nonce\":\"8f14e45fceea167a\",\"needs_digits\":true}"},
    {"ClosureMade", OBJECT("\"id\",\"edges\"", INT("id") "," INT("edges")), "{\"id\":17,\"edges\":4}"},
    {"Closure",
     OBJECT("\"id\",\"at\",\"reason\",\"from\",\"edges\",\"roads\"", INT("id") "," REF("at", "Place") "," INT("radius") "," ANY("polygon") "," INT("limit_kmh") "," TEXT("reason") ","
            TEXT("by") "," TIME("from") "," TIME("until") "," INT("edges") "," ANY("roads")),
     "{\"id\":17,\"at\":{\"lat\":30.7,\"lon\":121.02},\"radius\":150,\"reason\":\"the bridge is under water\",\"by\":\"duty1\","
     "\"from\":\"2026-11-23T01:42:00+08:00\",\"edges\":0,\"roads\":{\"type\":\"MultiLineString\",\"coordinates\":[]}}"},
    {"ClosureList", OBJECT("\"items\",\"version\"", REFS("items", "Closure") "," INT("version")), "{\"items\":[],\"version\":0}"},
    {"WarningText", OBJECT("\"language\",\"event\",\"areas\"", TEXT("language") "," TEXT("event") "," TEXT("sender") "," TEXT("headline") "," TEXT("description") ","
            TEXT("instruction") "," TEXTS("areas")),
     "{\"language\":\"zh-CN\",\"event\":\"暴雨\",\"headline\":\"暴雨橙色预警\",\"areas\":[\"平湖市\"]}"},
    {"WarningOffice", OBJECT("\"area\",\"may\"", REF("area", "AreaName") "," TEXT("by") "," TIME("at") "," BOOL("may")),
     "{\"area\":{\"code\":\"root\",\"name\":\"root\"},\"by\":\"duty1\",\"at\":\"2026-11-23T03:02:00+08:00\",\"may\":true}"},
    {"WarningCircle", OBJECT("\"at\",\"radius\"", REF("at", "Place") "," INT("radius")), "{\"at\":{\"lat\":30.7,\"lon\":121.02},\"radius\":5000}"},
    {"Warning",
     OBJECT("\"id\",\"state\",\"level\",\"exercise\",\"sender\",\"identifier\",\"sent\",\"onset\",\"expires\",\"areas\",\"texts\",\"heard\",\"to_hear\",\"offices\"",
            INT("id") ",\"state\":{\"enum\":[\"ahead\",\"in_force\",\"over\",\"replaced\",\"cancelled\"]},\"level\":{\"enum\":[\"none\",\"blue\",\"yellow\",\"orange\",\"red\"]},"
            BOOL("exercise") "," TEXT("sender") "," TEXT("identifier") "," TIME("sent") "," TIME("onset") "," TIME("expires") "," TIME("taken_at") "," TEXT("taken_by") ","
            TIME("ended_at") "," BOOL("may_end") "," REFS("areas", "AreaName") "," REFS("texts", "WarningText") "," TEXT("severity") "," TEXT("urgency") "," TEXT("certainty") ","
            REFS("circles", "WarningCircle") "," ANY("shape") "," INT("heard") "," INT("to_hear") "," REFS("offices", "WarningOffice")),
     "{\"id\":17,\"state\":\"in_force\",\"level\":\"orange\",\"exercise\":false,\"sender\":\"weather.example.org\",\"identifier\":\"1\",\"sent\":\"2026-11-23T03:00:00+08:00\","
     "\"onset\":\"2026-11-23T03:00:00+08:00\",\"expires\":\"2026-11-24T03:00:00+08:00\",\"areas\":[],\"texts\":[],\"heard\":0,\"to_hear\":0,\"offices\":[]}"},
    LIST("Warning", "Warning"),
    {"WarningReadAs", OBJECT("\"code\",\"count\",\"line\"", TEXT("code") "," INT("count") "," INT("line")), "{\"code\":\"order\",\"count\":1,\"line\":7}"},
    {"WarningTaken",
     OBJECT("\"repeated\",\"ended\",\"read_as\"", INT("id") "," BOOL("repeated") "," INT("ended") ",\"left_out\":{\"enum\":[\"status\",\"type\",\"area\"]},"
            REFS("read_as", "WarningReadAs")),
     "{\"id\":17,\"repeated\":false,\"ended\":0,\"read_as\":[]}"},
    {"IncidentMade", OBJECT("\"id\",\"case\",\"area\",\"state\"", INT("id") "," TEXT("case") "," REF("area", "AreaName") "," TEXT("state") ",\"similar\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"),
     "{\"id\":7,\"case\":\"P261123-0001\",\"area\":{\"code\":\"root\",\"name\":\"root\"},\"state\":\"reported\",\"similar\":[]}"},
    {"Line", OBJECT("\"skills\",\"count\",\"reserve\",\"accepted\",\"on_scene\"", TEXTS("skills") "," INT("count") "," INT("reserve") "," INT("accepted") "," INT("on_scene")),
     "{\"skills\":[\"first-aid\"],\"count\":3,\"reserve\":1,\"accepted\":2,\"on_scene\":0}"},
    {"Need",
     OBJECT("\"id\",\"state\",\"at\",\"lines\"", INT("id") "," TEXT("state") "," REF("at", "Place") "," TIME("stated_at") "," TIME("by") "," TIME("escalated_at") "," INT("late") "," REFS("lines", "Line") ","
            "\"reserve\":{\"type\":[\"string\",\"integer\"]}," REAL("target") "," TEXT("mode") "," TEXT("place") "," TEXT("contact") "," TEXT("warning") "," REFS("callouts", "State")),
     "{\"id\":9,\"state\":\"open\",\"at\":{\"lat\":30.7,\"lon\":121.02},\"lines\":[],\"reserve\":\"auto\",\"target\":0.95,\"callouts\":[]}"},
    {"Incident",
     OBJECT("\"id\",\"case\",\"kind\",\"exercise\",\"state\",\"at\",\"area\",\"response\"", INT("id") "," TEXT("case") "," TEXT("kind") "," TEXT("title") ","
            TEXT("grade") "," BOOL("exercise") "," TEXT("state") "," REF("at", "Place") "," BOOL("at_rounded") "," REF("area", "AreaName") "," TIME("reported_at") ","
            TIME("closed_at") "," TIME("roll_call_at") "," INT("merged_into") "," TEXT("response") "," INT("missing") "," TIME("missing_by") "," INT("to_verify") "," INT("late") "," TIME("escalated_at") "," REFS("needs", "Need") "," ANY("requester") "," TEXT("check_word") ","
            "\"alarms\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"lost\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," ANY("next") "," REFS("boards", "Callout") "," REFS("events", "Event") "," INT("events_cut")),
     "{\"id\":7,\"case\":\"P261123-0001\",\"kind\":\"flood\",\"exercise\":false,\"state\":\"reported\",\"at\":{\"lat\":30.7,\"lon\":121.02},"
     "\"area\":{\"code\":\"root\",\"name\":\"root\"},\"response\":\"ordinary\"}"},
    LIST("Incident", "Incident"),
    {"Taken", OBJECT("\"taken\"", INT("taken")), "{\"taken\":1}"},
    {"Event",
     OBJECT("\"seq\",\"at\",\"kind\",\"actor\",\"hash\"", INT("seq") "," TIME("at") "," TEXT("kind") "," TEXT("actor") "," TEXT("person") "," TEXT("name") "," INT("need") ","
            INT("callout") "," INT("alert") "," INT("assignment") "," TEXT("code") "," INT("number") "," TEXT("reason") "," TEXT("hash")),
     "{\"seq\":1,\"at\":\"2026-11-23T01:42:00+08:00\",\"kind\":\"incident.reported\",\"actor\":\"admin\",\"hash\":\"00\"}"},
    LIST("Event", "Event"),
    {"PlanPerson",
     OBJECT("\"number\",\"line\",\"seconds\",\"p_accept\",\"p_in_time\",\"reason\"", TEXT("number") "," INT("line") "," REAL("seconds") "," REAL("p_accept") ","
            REAL("p_in_time") "," TEXT("reason") "," REF("at_grid", "Place") "," TEXT("mode") "," TEXTS("skills") "," INT("asked") "," INT("said_yes") "," ANY("sentence")),
     "{\"number\":\"P00001\",\"line\":0,\"seconds\":240,\"p_accept\":0.29,\"p_in_time\":0.9,\"reason\":\"nearest_qualified\"}"},
    {"PlanWave", OBJECT("\"after_s\",\"people\"", INT("after_s") "," REFS("people", "PlanPerson") ","
            REAL("chance") "," REAL("expected") "," INT("likely")), "{\"after_s\":0,\"people\":[]}"},
    {"Plan",
     OBJECT("\"probability\",\"target_reached\",\"expected_alerts\",\"waves\",\"excluded\",\"shortfall\",\"curve\"", REAL("probability") ","
            BOOL("target_reached") "," REAL("expected_alerts") "," REAL("expected_messages") "," REFS("waves", "PlanWave") "," ANY("excluded") "," ANY("who") ","
            "\"shortfall\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"curve\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
            "\"seats\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," REAL("first_on_scene_s") "," ANY("lifts") "," ANY("isolated") "," INT("at_once") "," INT("ask_limited") "," REAL("most") "," ANY("change")),
     "{\"probability\":0.95,\"target_reached\":true,\"expected_alerts\":24,\"expected_messages\":30,\"waves\":[],\"excluded\":{},\"shortfall\":[],\"curve\":[]}"},
    {"Assignment",
     OBJECT("\"id\",\"state\",\"line\",\"sos\",\"can\"", INT("id") "," INT("alert") "," TEXT("number") "," TEXT("name") "," TEXT("phone") "," TEXT("state") "," INT("line") ","
            INT("count") "," INT("eta_seconds") "," TIME("alerted_at") "," TIME("assigned_at") "," TIME("en_route_at") "," TIME("on_scene_at") "," TIME("released_at") "," TIME("reported_at") ","
            TIME("verified_at") "," TIME("here_at") "," TEXT("outcome") "," TEXT("report") "," INT("minutes") "," INT("minutes_credited") "," BOOL("sos") "," BOOL("sees_place") "," REF("position", "Place") "," TIME("position_at") ","
            REF("at_grid", "Place") "," TEXTS("can") "," TEXT("reported_by")),
     "{\"id\":31,\"number\":\"P00001\",\"state\":\"assigned\",\"line\":0,\"sos\":false,\"can\":[\"depart\"]}"},
    {"Out", OBJECT("\"number\",\"state\",\"sos\",\"exercise\",\"area\"", TEXT("number") "," TEXT("name") "," TEXT("phone") "," TEXT("state") "," TIME("assigned_at") ","
            TIME("en_route_at") "," TIME("on_scene_at") "," BOOL("sos") "," BOOL("exercise") "," REF("area", "AreaName") "," ANY("incident")),
     "{\"number\":\"P00001\",\"state\":\"en_route\",\"sos\":false,\"exercise\":false,\"area\":{\"code\":\"root\",\"name\":\"root\"}}"},
    LIST("Out", "Out"),
    {"Callout",
     OBJECT("\"id\",\"need\",\"incident\",\"state\",\"lines\",\"probability\",\"funnel\",\"assignments\"", INT("id") "," INT("need") "," INT("incident") "," TEXT("state") ","
            TEXT("need_state") "," BOOL("exercise") "," TIME("started_at") "," TIME("ended_at") "," TIME("deadline") "," INT("waves") "," INT("unsent") "," INT("left_out") "," REAL("probability") ","
            REAL("target") "," BOOL("target_reached") "," TIME("next_wave_at") "," REFS("lines", "Line") ","
            "\"funnel\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}," REFS("assignments", "Assignment")),
     "{\"id\":11,\"need\":9,\"incident\":7,\"state\":\"active\",\"lines\":[],\"probability\":0.93,\"funnel\":{\"alerted\":18},\"assignments\":[]}"},
    {"Alert",
     OBJECT("\"id\",\"state\",\"wave\",\"line\"", INT("id") "," TEXT("number") "," TEXT("name") "," TEXT("phone") "," TEXT("state") "," INT("wave") "," INT("line") ","
            INT("seconds") "," REAL("p_accept") "," REAL("p_in_time") "," TIME("alerted_at") "," TIME("fetched_at") "," TIME("seen_at") "," TIME("answered_at") ","
            INT("ready_in_minutes") "," BOOL("on_behalf") "," REF("at_grid", "Place") "," TEXT("reason") ","
            "\"channels\":{\"type\":\"array\",\"items\":" OBJECT("\"channel\",\"state\"", TEXT("channel") "," TEXT("state") "," TIME("at")) "}"),
     "{\"id\":21,\"number\":\"P00001\",\"state\":\"pending\",\"wave\":1,\"line\":0,\"seconds\":240}"},
    {"AlertList", OBJECT("\"items\",\"position\",\"whole\"", INT("position") "," BOOL("whole") "," REFS("items", "Alert")),
     "{\"position\":4711,\"whole\":true,\"items\":[]}"},
    {"GatewaySaid", OBJECT("\"taken\",\"say\"", BOOL("taken") "," TEXT("state") "," TEXT("say")),
     "{\"taken\":true,\"state\":\"assigned\",\"say\":\"谢谢您！请出发，路上小心。\"}"},
    {"JointPlan",
     OBJECT("\"needs\",\"shared\",\"proved\"",
            "\"needs\":{\"type\":\"array\",\"items\":"
            OBJECT("\"need\",\"priority\",\"alerts\",\"probability\",\"target\",\"target_reached\",\"alone\",\"lines\",\"people\"",
                   INT("need") "," INT("priority") "," INT("alerts") "," REAL("probability") "," REAL("target") "," BOOL("target_reached") ","
                   ANY("alone") ",\"lines\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"people\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}")
            "}," INT("shared") "," BOOL("proved")),
     "{\"needs\":[{\"need\":9,\"priority\":1,\"alerts\":12,\"probability\":0.95,\"target\":0.95,\"target_reached\":true,"
     "\"alone\":{\"alerts\":12,\"probability\":0.95},\"lines\":[],\"people\":[]}],\"shared\":3,\"proved\":true}"},
    {"ModelAccount",
     OBJECT("\"reliability\",\"asked\",\"forecast_yes\",\"said_yes\"",
            "\"reliability\":{\"type\":\"array\",\"items\":"
            OBJECT("\"from\",\"asked\",\"forecast\",\"observed\",\"low\",\"high\"", REAL("from") "," INT("asked") "," REAL("forecast") ","
                   REAL("observed") "," REAL("low") "," REAL("high"))
            "}," INT("asked") "," REAL("forecast_yes") "," INT("said_yes") "," REAL("comes") "," REAL("says_left") "," REAL("correlation") "," REAL("delay_median_s") ","
            REAL("turnout_day_median_s") "," REAL("turnout_night_median_s")),
     "{\"reliability\":[{\"from\":0.2,\"asked\":98,\"forecast\":0.25,\"observed\":0.23,\"low\":0.16,\"high\":0.33}],\"asked\":98,"
     "\"forecast_yes\":24.5,\"said_yes\":23}"},
    {"Model", OBJECT("\"actual\",\"exercise\"", REF("actual", "ModelAccount") "," REF("exercise", "ModelAccount")),
     "{\"actual\":{\"reliability\":[],\"asked\":0,\"forecast_yes\":0,\"said_yes\":0},\"exercise\":{\"reliability\":[],"
     "\"asked\":0,\"forecast_yes\":0,\"said_yes\":0}}"},
    {"Report",
     OBJECT("\"incident\",\"funnel\",\"delays\",\"needs\",\"hours\",\"people\",\"timeline\"",
            ANY("incident") "," "\"funnel\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}," ANY("delays") ","
            "\"needs\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," ANY("hours") ","
            "\"people\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," INT("people_cut") ","
            "\"timeline\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," INT("timeline_cut")),
     "{\"incident\":{\"id\":7,\"case\":\"P261123-0001\"},\"funnel\":{\"people\":18,\"alerted\":18,\"on_scene\":3},\"delays\":{},\"needs\":[],"
     "\"hours\":{\"people\":3},\"people\":[],\"people_cut\":0,\"timeline\":[],\"timeline_cut\":0}"},
    {"Estimate", OBJECT("\"value\",\"low\",\"high\"", MAYBE("value") "," MAYBE("low") "," MAYBE("high")),
     "{\"value\":0.95,\"low\":0.91,\"high\":0.97}"},
    {"DrillTimes", OBJECT("\"never\",\"p50\",\"p90\"", INT("never") "," REF("p50", "Estimate") "," REF("p90", "Estimate")),
     "{\"never\":0,\"p50\":{\"value\":360,\"low\":350,\"high\":372},\"p90\":{\"value\":510,\"low\":490,\"high\":540}}"},
    {"DrillPolicy",
     OBJECT("\"name\",\"rule\",\"filled\",\"alerts\",\"first_s\",\"count_s\"", TEXT("name") "," TEXT("rule") "," INT("count") "," INT("way_s") ","
            "\"phases\":{\"type\":\"array\",\"items\":" OBJECT("\"at_s\",\"count\"", INT("at_s") "," INT("count")) "},"
            REF("filled", "Estimate") "," REF("alerts", "Estimate") ","
            REF("waves", "Estimate") "," REF("accepted", "Estimate") "," REF("late", "Estimate") "," REF("declined", "Estimate") "," REF("no_answer", "Estimate") "," REF("stood_down", "Estimate") "," REF("undelivered", "Estimate") "," REF("arrived", "Estimate") ","
            REF("needless", "Estimate") "," REF("lost", "Estimate") "," "\"first_by\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
            REF("first_s", "DrillTimes") "," REF("count_s", "DrillTimes") ","
            ANY("alerts_by_person") "," ANY("minus_ours") "," "\"needs\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"),
     "{\"name\":\"ours\",\"rule\":\"ours\",\"filled\":{\"value\":0.95,\"low\":0.91,\"high\":0.97},\"alerts\":{\"value\":12.1,\"low\":11.8,\"high\":12.4},"
     "\"first_s\":{\"never\":0,\"p50\":{\"value\":360,\"low\":350,\"high\":372},\"p90\":{\"value\":510,\"low\":490,\"high\":540}},"
     "\"count_s\":{\"never\":9,\"p50\":{\"value\":610,\"low\":600,\"high\":622},\"p90\":{\"value\":null,\"low\":null,\"high\":null}}}"},
    {"Drill",
     OBJECT("\"exercise\",\"start\",\"seed\",\"runs\",\"runs_asked\",\"policies\"", TEXT("scenario") "," BOOL("exercise") "," TIME("start") "," INT("seed") "," INT("runs") ","
            INT("runs_asked") "," TEXT("engine") "," TEXT("people") "," REFS("policies", "DrillPolicy") "," "\"changes\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"),
     "{\"exercise\":true,\"start\":\"2026-11-23T01:42:00+08:00\",\"seed\":1,\"runs\":200,\"runs_asked\":200,\"people\":\"instance\",\"policies\":[],\"changes\":[]}"},
    {"PlanRecordList", OBJECT("\"items\"", "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"), "{\"items\":[]}"},
    {"MailList", OBJECT("\"items\"", "\"items\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}"), "{\"items\":[]}"},
    {"Reply",
     OBJECT("\"state\",\"nonce\",\"answers\"", TEXT("state") "," TEXT("nonce") "," TEXTS("answers") "," BOOL("exercise") "," TEXT("kind") "," TEXT("area") "," INT("seconds") ","
            INT("missing") "," TIME("by") "," BOOL("needs_digits") "," BOOL("opened_by_browser") "," BOOL("roll_call") "," BOOL("sos") "," ANY("address") "," TEXT("place") "," TEXT("contact") "," TEXT("warning") "," ANY("requester") "," TEXT("check_word") ","
            TEXT("report") "," INT("ready_in_minutes") "," TEXT("outcome") "," ANY("sentence") ",\"looked\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}," TEXT("own_page") "," ANY("history")),
     "{\"state\":\"pending\",\"nonce\":\"8f14e45fceea167a\",\"answers\":[\"accept\",\"limited\",\"decline\"]}"},
};
/* clang-format on */
const uint32_t component_count = COUNT_OF(components);
