/* SPDX-License-Identifier: Apache-2.0 */
/* One person in an answer: shared by what reads people and what changes them. */
#ifndef MUSTER_API_PERSONS_H
#define MUSTER_API_PERSONS_H

struct call;
struct person;
struct text;

/* The person of the path, if the viewer holds one of MASK (MAY_*) in their area:
 * mem_free. NULL after a 404 or 403. Who has left is refused, but by persons_open_any. */
struct person *persons_open_any(struct call *call, unsigned mask);
struct person *persons_open(struct call *call, unsigned mask);
/* That the viewer has looked at PERSON is an event, and the person can see it. */
void persons_note_look(struct call *call, const struct person *person);
/* 200, as far as the viewer may see them, with the ETag; MORE (or NULL) writes members
 * behind the others. */
void persons_answer(struct call *call, const struct person *person,
                    void (*more)(struct call *call, struct text *text,
                                 const struct person *person));
/* {"number","warnings"}: of what PERSON `has`, what is to be known of it. NULL: nobody
 * has the number yet, and nothing is. */
void persons_answer_number(struct call *call, int status, const char *number,
                           const struct person *person);

#endif
