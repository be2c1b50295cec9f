/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of every pair (state, input) that is allowed, per machine, with the
 * states it may lead to. What is not here is ST_CONFLICT. A row whose input is
 * LOOP_ITSELF is a consequence of another row's step (a stand-down, a seat that was
 * filled or emptied, a timer). Guards that are not about one machine's state (seats, who
 * verifies, reasons) stand in the code of that input and answer ST_UNPROCESSABLE or
 * ST_DENIED. */
#ifndef MUSTER_LOOP_TABLE_H
#define MUSTER_LOOP_TABLE_H

#include "loop/loop.h"

#include <stdbool.h>

enum loop_machine {
    MACHINE_INCIDENT,
    MACHINE_NEED,
    MACHINE_CALLOUT,
    MACHINE_ALERT,
    MACHINE_ASSIGNMENT,
    MACHINE_MESSAGE,
    MACHINE_COUNT
};

/* Stands for the input in rows that are consequences. */
#define LOOP_ITSELF LOOP_INPUT_COUNT

struct table_row {
    int state;  /* of the machine's enum */
    int input;  /* enum loop_input_kind or LOOP_ITSELF */
    int target; /* a pair that may lead to several states has several rows */
};

/* The rows of a machine, and how many states it has. */
const struct table_row *table_rows(enum loop_machine machine, unsigned *ret_count);
unsigned table_state_count(enum loop_machine machine);
const char *table_state_code(enum loop_machine machine, int state);
const char *table_machine_name(enum loop_machine machine);
bool table_allows(enum loop_machine machine, int state, int input);
bool table_leads(enum loop_machine machine, int state, int input, int target);
/* The machine whose own row the input is for (LOOP_ACCEPT: the alert), and whether the
 * state of the incident matters too (LOOP_VERIFY: not when it is closed). */
enum loop_machine table_machine_of(enum loop_input_kind input);
bool table_asks_incident(enum loop_input_kind input);
/* Appends the codes of the inputs that people may give in this state, comma separated. */
void table_allowed(enum loop_machine machine, int state, struct text *ret);

#endif
