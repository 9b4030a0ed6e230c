/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_RECORD_H
#define IDP_TESTS_LIB_RECORD_H

/* A record in a folder of its own, with the host files of a small made-up host around it. */

#include "idp-agentd/core/idmap.h"
#include "idp-agentd/core/localnames.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-group.h"
#include "idp-agentd/core/store-person.h"
#include "idp-agentd/core/store.h"
#include "idp-agentd/core/syncer.h"

#define RECORD_ISS   "https://id.example.org/"
#define RECORD_FIRST 1879048192u
#define RECORD_LAST  1889048192u
#define RECORD_NOW   1790000000u /* the clock of the tests, seconds since 1970 */

struct record {
	char folder[64];
	char passwd[80], group[80], snapshot[80];
	struct localnames *locals;
	struct store *store;
	struct idmap map;
	struct syncer *syncer;
	char reason[REASON_MAX];
};

/* Fails the test when it cannot be made. passwd: root, daemon, carol(1000); group: root, sudo,
 * local. */
void record_setup(struct record *record);
void record_open(struct record *record); /* again, after record_close() */
void record_close(struct record *record);
void record_teardown(struct record *record); /* removes everything */
void record_write(const char *path, const char *text);

/* A user as a platform would send it: id and sub "id-NAME", nothing given, active. */
struct dir_user record_user(const char *name);
/* Claims such a person; 0 or IDMAP_E_*. uid may be PERSON_ID_NONE. */
int record_claim(struct record *record, const char *sub, const char *name, uint32_t uid,
		 uint32_t *ret_uid);
/* One whole pass of the directory "corp" with these names; what syncer_step() came to. */
int record_sync(struct record *record, const char *const *names, size_t n, bool full, bool force);
/* The steps after syncer_end(). */
int record_finish(struct record *record);
struct syncer_pass record_pass(bool full, bool force);

#endif
