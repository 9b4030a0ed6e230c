/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_TESTS_LIB_KEYD_H
#define IDP_TESTS_LIB_KEYD_H

/* A real idp-keyd before a real token of SoftHSM, in a folder of its own. */

#include <jwt.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/client.h"

struct keyd_run {
	char folder[64];
	char socket[108];
	pid_t pid;
};

/* Makes folder and token, or -ENOENT where there is no SoftHSM. */
int keyd_run_prepare(struct keyd_run *run);
/* Starts it; what it asks of the module is written to FOLDER/spy. */
int keyd_run_start(struct keyd_run *run);
void keyd_run_stop(struct keyd_run *run, int signal);
void keyd_run_done(struct keyd_run *run);
/* How often text stands in FOLDER/spy. */
size_t keyd_run_spied(const struct keyd_run *run, const char *text);
/* "pkcs11:token=demo;object=LABEL?pin-source=file:FOLDER/PIN" in static memory. */
const char *keyd_run_uri(const struct keyd_run *run, const char *label, const char *pin);

struct keyd_reply {
	enum wire_type type;
	char text[4096]; /* what is told, or the reason code */
	char why[512];
};

/* One question on a connection of its own: KEY_SIGN, or (alg NULL) KEY_PUBLIC. 0 or -errno. */
int keyd_run_ask(const struct keyd_run *run, const char *uri, const char *alg, const char *bytes,
		 struct keyd_reply *ret_reply);

/* The public half of the key LABEL, to be freed. What goes wrong in these two fails the test. */
EVP_PKEY *keyd_run_public(const struct keyd_run *run, const char *label);
/* The token as libjwt reads it, which finds it signed by the key LABEL; to be freed. */
jwt_t *keyd_run_read_token(const struct keyd_run *run, const char *label, const char *token);

#endif
