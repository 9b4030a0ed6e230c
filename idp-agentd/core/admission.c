/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Three counters in a row: all of them have room, or none is touched. */
#include "idp-agentd/core/admission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/limits.h"
#include "idp-agentd/core/brake.h"
#include "idp-agentd/core/session.h"

enum admission_by { BY_PLACE = 0, BY_SOURCE, BY_PERSON, ADMISSION_BYS };

struct admission {
	struct quota *quotas[ADMISSION_BYS];
	struct brake *brake;
};

int admission_new(struct admission **ret_admission)
{
	static const size_t most[ADMISSION_BYS] = {
		[BY_PLACE] = FLOWS_PER_USER_MAX,
		[BY_SOURCE] = FLOWS_PER_SOURCE_MAX,
		[BY_PERSON] = FLOWS_PER_NAME_MAX,
	};
	_cleanup_(admission_freep) struct admission *admission = calloc(1, sizeof(*admission));
	int r;

	if (!admission)
		return -ENOMEM;
	r = brake_new(&admission->brake);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ADMISSION_BYS; i++) {
		r = quota_new(most[i], FLOWS_MAX, &admission->quotas[i]);

		if (r < 0)
			return r;
	}
	*ret_admission = TAKE_PTR(admission);
	return 0;
}

struct admission *admission_free(struct admission *admission)
{
	if (!admission)
		return NULL;
	for (size_t i = 0; i < ADMISSION_BYS; i++)
		quota_free(admission->quotas[i]);
	brake_free(admission->brake);
	free(admission);
	return NULL;
}

/* How many of the counters count; their keys. No name and no address has a space or an '@'. */
static unsigned admission_keys(const struct session_request *request, bool by_root, uint32_t asker,
			       char keys[static ADMISSION_BYS][QUOTA_KEY_MAX])
{
	const char *source = *request->rhost ? request->rhost : request->tty;

	(void)snprintf(keys[BY_PERSON], QUOTA_KEY_MAX, "%.40s", request->user);
	if (!by_root) {
		(void)snprintf(keys[BY_PLACE], QUOTA_KEY_MAX, "user %u", asker);
		(void)snprintf(keys[BY_SOURCE], QUOTA_KEY_MAX, "user %u", asker);
		return BY_PERSON;
	}
	(void)snprintf(keys[BY_PLACE], QUOTA_KEY_MAX, "%.40s@%.80s", request->user, source);
	(void)snprintf(keys[BY_SOURCE], QUOTA_KEY_MAX, "%.100s", source);
	return *request->rhost ? ADMISSION_BYS : BY_PERSON;
}

void admission_give(struct admission *admission, struct admitted *admitted)
{
	while (admitted->held) {
		admitted->held--;
		quota_give(admission->quotas[admitted->held], admitted->keys[admitted->held]);
	}
}

bool admission_take(struct admission *admission, const struct session_request *request,
		    bool by_root, uint32_t asker, struct admitted *admitted)
{
	unsigned n;

	if (admitted->held)
		return true;
	n = admission_keys(request, by_root, asker, admitted->keys);
	while (admitted->held < n) {
		if (quota_take(admission->quotas[admitted->held], admitted->keys[admitted->held])) {
			admission_give(admission, admitted);
			return false;
		}
		admitted->held++;
	}
	return true;
}

struct brake *admission_brake(struct admission *admission)
{
	return admission->brake;
}
