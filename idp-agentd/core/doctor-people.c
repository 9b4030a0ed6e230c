/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/core/doctor-people.h"

#include <stdio.h>
#include <string.h>

#include "idp-agentd/core/alias.h"
#include "idp-agentd/core/authority.h"
#include "idp-agentd/core/control.h"
#include "idp-agentd/core/job.h"
#include "idp-agentd/core/person.h"
#include "idp-agentd/core/store-person.h"

/* How many, and one of them. */
struct people_tally {
	size_t n;
	char name[NAME_LEN_MAX + 1];
};

struct people_look {
	const struct authority *authority;
	size_t n;
	struct people_tally homes, shells, aliases;
};

static void tally(struct people_tally *tally, bool counts, const struct person *person)
{
	if (counts && tally->n++ == 0)
		(void)snprintf(tally->name, sizeof(tally->name), "%s", person->name);
}

static bool is_refused(const char *given, const char *used)
{
	return *given && strcmp(given, used) != 0;
}

/* Of those whom processes see. */
static int look_at(void *arg, const struct person *person)
{
	struct people_look *look = arg;
	const struct authority *authority = look->authority;
	char alias[NAME_LEN_MAX + 1];
	int r = ALIAS_E_NONE;

	if (look->n++ == DOCTOR_PEOPLE_MAX)
		return 1; /* enough */
	if (publish_judge(authority->publisher, person, authority_time()) != PUBLISH_YES)
		return 0;
	r = alias_of(&authority->idmap, person, alias);
	tally(&look->homes, is_refused(person->given_home, person->home), person);
	tally(&look->shells, is_refused(person->given_shell, person->shell), person);
	tally(&look->aliases, r == ALIAS_E_HELD || r == ALIAS_E_SHARED, person);
	return r < 0 ? r : 0;
}

/* "alice" or "alice and 3 more" HAVE WHAT. */
static void tell(struct job *job, const struct people_tally *tally, const char *topic,
		 const char *what, const char *remedy)
{
	char text[REASON_MAX], more[32] = "";

	if (tally->n == 0)
		return;
	if (tally->n > 1)
		(void)snprintf(more, sizeof(more), " and %zu more", tally->n - 1);
	(void)snprintf(text, sizeof(text), "%s%s: %s", tally->name, more, what);
	job_tell(job, &(struct finding){ WIRE_FINDING_NOTE, topic, text, remedy });
}

void doctor_look_at_people(struct job *job)
{
	struct people_look look = { .authority = job->parts->authority };

	if (store_each_person(look.authority->store, look_at, &look) < 0)
		return; /* a record that cannot be read is told of elsewhere */
	tell(job, &look.homes, "homes",
	     "the platform names a home outside homes of idp.conf, so the one of home is used.",
	     "Add its folder to homes, or correct it at the platform; idpctl user NAME shows both.");
	tell(job, &look.shells, "homes",
	     "the platform names a shell that is not among shells, so the one of shell is used.",
	     "Add it to shells, or correct it at the platform; idpctl user NAME shows both.");
	tell(job, &look.aliases, "names",
	     "the other form of the name is somebody else's or could be, so it finds nobody.",
	     "idpctl user NAME says which; only the name itself is theirs.");
}
