/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_DOCTOR_PEOPLE_H
#define IDP_CORE_DOCTOR_PEOPLE_H

/*
 * What of the platform's people is not as the platform would have it: homes and shells that
 * idp.conf does not allow, second names that nobody is found by. So many of the record are looked
 * at, the rest would make others wait.
 */

#define DOCTOR_PEOPLE_MAX 10000u

struct job;

void doctor_look_at_people(struct job *job);

#endif
