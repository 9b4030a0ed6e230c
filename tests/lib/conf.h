/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_CONF_H
#define IDP_TESTS_LIB_CONF_H

/* A configuration out of a test's text, which is read as "t.conf" behind a head (or ""). */

#include "idp-agentd/core/config.h"

/* What config_parse() says. What is to be told of it goes to *ret_said, to be freed. */
int conf_parse(const char *head, const char *text, struct config **ret_config, char **ret_said);
/* It must be taken. */
struct config *conf_take(const char *head, const char *text);
/* It must be refused, in exactly these words. */
void conf_refuse(const char *head, const char *text, const char *wanted);

#endif
