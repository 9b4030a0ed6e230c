/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_LOG_H
#define IDP_COMMON_LOG_H

/*
 * One line per event to standard error (with "<N>" priorities when the journal listens), or to a
 * handler the daemon installs. Used by the daemons and idpctl; never linked into the modules.
 * No function here takes a secret: there is no conversion that prints one.
 */

#include <syslog.h>

#include "common/macro.h"

/* Messages less urgent than level are dropped. Start value LOG_INFO. */
void log_set_level(int level);
int log_get_level(void);
/* A handler that gets finished lines instead of standard error; NULL restores the default. */
void log_set_handler(void (*handler)(int priority, const char *text));

/* errno is kept, and %m works. Control bytes in the result are shown as \xNN. */
void log_write(int priority, const char *format, ...) _printf_(2, 3);

#define log_error(...)   log_write(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_write(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_DEBUG, __VA_ARGS__)

#endif
