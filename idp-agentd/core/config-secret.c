/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a configuration refers to outside itself: secrets above all, and the certificates that
 * are trusted.
 *
 * MUST
 * 1. The text of a secret is in struct secret and struct buf only, both of which erase it.
 * 2. No message holds it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/secret.h"
#include "idp-agentd/core/config-file.h"
#include "idp-agentd/core/config-problem.h"
#include "idp-agentd/core/config-tree.h"
#include "idp-agentd/core/config.h"

static int read_credential(const char *name, gid_t group, struct buf *out, char *reason)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_close_ int fd = -1;

	if (!folder || folder[0] != '/')
		return config_file_refuse(
			reason, -ENOENT,
			"credential %.60s: systemd has handed over no credentials; add "
			"LoadCredential=%.60s:FILE to idp-agentd.service",
			name, name);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return config_file_refuse(reason, -errno,
					  "credential %.60s: %.100s cannot be opened: %m", name,
					  folder);
	/* systemd lends the file by an access list, which shows as the mode of root's group. */
	return config_file_read(fd, name,
				(struct config_readers){ .group = group, .root_group = true }, out,
				reason);
}

static int read_secret_file(const char *path, gid_t group, struct buf *out, char *reason)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int fd = -1;
	const char *name;
	int r = config_path_split(path, &folder, &name);

	if (r < 0)
		return config_file_refuse(reason, r, "memory is short");
	r = config_folder_open(AT_FDCWD, folder, reason, &fd); /* MUST 3 */
	if (r < 0)
		return r;
	return config_file_read(fd, name, (struct config_readers){ .group = group }, out, reason);
}

static int read_reference(const char *reference, gid_t group, struct buf *out, char *reason)
{
	if (strncmp(reference, "credential:", STRLEN("credential:")) == 0)
		return read_credential(reference + STRLEN("credential:"), group, out, reason);
	if (strncmp(reference, "file:/", STRLEN("file:/")) == 0)
		return read_secret_file(reference + STRLEN("file:"), group, out, reason);
	return config_file_refuse(reason, -EINVAL, "this is not a reference to a secret");
}

bool config_is_token_key(const char *reference)
{
	return reference && strncmp(reference, "pkcs11:", STRLEN("pkcs11:")) == 0;
}

/* One line end, as editors and echo leave it. */
static size_t without_line_end(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	return len;
}

static int read_secret(const char *reference, gid_t group, char *reason, struct secret **ret_secret)
{
	struct secret *secret = NULL;
	struct buf text;
	size_t len;
	int r;

	buf_init_secret(&text, CONFIG_SECRET_MAX);
	r = read_reference(reference, group, &text, reason);
	if (r == 0) {
		len = without_line_end((const char *)text.data, text.len);
		if (len == 0)
			r = config_file_refuse(reason, -ENODATA, "it is empty");
		else if (memchr(text.data, '\0', len))
			r = config_file_refuse(reason, -EBADMSG,
					       "it holds a NUL byte; it must be text");
		else
			secret = secret_new(text.data, len);
		if (r == 0 && !secret)
			r = config_file_refuse(reason, -ENOMEM, "memory is short");
	}
	buf_done(&text);
	if (r == 0)
		*ret_secret = secret;
	return r;
}

int config_secret(const char *reference, char reason[static REASON_MAX], struct secret **ret_secret)
{
	return read_secret(reference, getegid(), reason, ret_secret);
}

/* ---- idp-agentd --check ---- */

/*
 * Looks at the secrets in files as the daemon will. Whoever checks is root, so the daemon's
 * group is taken to be the group of the configuration itself. Credentials are there only while
 * the daemon runs.
 */
static int check_secret(const struct config_pair *pair, gid_t group, char *reason)
{
	_cleanup_(secret_freep) struct secret *secret = NULL;

	if (strncmp(pair->value, "file:", STRLEN("file:")) != 0)
		return 0;
	return read_secret(pair->value, group, reason, &secret);
}

/* Distributions keep these behind symbolic links, so one is followed here. */
static int check_ca(const struct config_pair *pair, char *reason)
{
	_cleanup_close_ int fd = open(pair->value, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return config_file_refuse(reason, -errno, "it cannot be opened: %m");
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return config_file_refuse(reason, -EPERM, "it is no file of certificates");
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 022))
		return config_file_refuse(reason, -EPERM,
					  "others than root can change whom this host trusts: run "
					  "chown root and chmod go-w on it");
	return 0;
}

/* NULL when there is none in a file, or it could not be read: that is told already. */
static struct secret *check_read(const char *reference, gid_t group)
{
	struct secret *secret = NULL;
	char reason[REASON_MAX];

	if (!reference || strncmp(reference, "file:", STRLEN("file:")) != 0 ||
	    read_secret(reference, group, reason, &secret) < 0)
		return NULL;
	return secret;
}

/* A private key of this host, and what it has to sign. */
struct signing {
	const struct config_section *section;
	const char *key, *reference, *alg;
};

/* A key that cannot sign what is configured is told now, not by the platform at a login. */
static void check_key(const struct signing *signing, gid_t group, const struct config_judge *judge,
		      struct config_problems *problems)
{
	_cleanup_(secret_freep) struct secret *key = check_read(signing->reference, group);
	char reason[REASON_MAX];

	if (key && judge->key(key, signing->alg, reason) < 0)
		config_problem_add(problems, config_place_of(signing->section, signing->key),
				   "%s = %s: %s", signing->key, signing->reference, reason);
}

/* A note only: a token may be away now and there when it is needed. */
static void check_token(const struct signing *signing, const struct config_judge *judge,
			struct config_problems *problems)
{
	char reason[REASON_MAX];

	if (judge->token && config_is_token_key(signing->reference) &&
	    judge->token(signing->reference, signing->alg, reason) < 0)
		config_problem_note(problems, config_place_of(signing->section, signing->key),
				    "the key in the token does not sign now: %s", reason);
}

static void check_signing(const struct config *config, gid_t group,
			  const struct config_judge *judge, struct config_problems *problems)
{
	for (size_t i = 0; i < config->n_providers + config->n_clients; i++) {
		struct signing signing;

		if (i < config->n_providers) {
			const struct config_provider *provider = &config->providers[i];

			signing = (struct signing){ provider->section, "client_key",
						    provider->client_key,
						    config_alg_name(provider->client_alg) };
		} else {
			const struct config_client *client =
				&config->clients[i - config->n_providers];

			signing = (struct signing){ client->section, "key", client->key,
						    CONFIG_CLIENT_ALG };
		}
		check_key(&signing, group, judge, problems);
		check_token(&signing, judge, problems);
	}
}

/* Likewise of a certificate, which the platform's TLS would refuse without a word. */
static void check_certificate(const struct config_provider *provider, gid_t group,
			      const struct config_judge *judge, struct config_problems *problems)
{
	_cleanup_(secret_freep) struct secret *cert = check_read(provider->client_cert, group);
	_cleanup_(secret_freep) struct secret *key = check_read(provider->tls_key, group);
	char reason[REASON_MAX];

	if (cert && key && judge->certificate(cert, key, reason) < 0)
		config_problem_add(problems, config_place_of(provider->section, "client_cert"),
				   "client_cert = %s: %s", provider->client_cert, reason);
}

static void check_references(const struct config *config, gid_t group,
			     struct config_problems *problems)
{
	for (size_t i = 0; i < config->n_sections; i++)
		for (size_t j = 0; j < config->sections[i].n_pairs; j++) {
			const struct config_section *section = &config->sections[i];
			const struct config_pair *pair = &section->pairs[j];
			char reason[REASON_MAX];
			int r = 0;

			if (pair->type == 'S')
				r = check_secret(pair, group, reason);
			else if (section->kind == CONFIG_PROVIDER && strcmp(pair->key, "ca") == 0)
				r = check_ca(pair, reason);
			if (r < 0)
				config_problem_add(problems, pair->place, "%s = %s: %s", pair->key,
						   pair->value, reason);
		}
}

int config_check(const char *path, const struct config_judge *judge, FILE *out)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_(config_problems_done) struct config_problems problems = { .n = 0 };
	const char *file = path ? path : CONFIG_FILE;
	int r = config_load(file, &problems, &config);
	struct stat st;

	gid_t group = stat(file, &st) == 0 ? st.st_gid : getegid();

	if (r == 0)
		check_references(config, group, &problems);
	if (r == 0 && judge)
		check_signing(config, group, judge, &problems);
	for (size_t i = 0; r == 0 && judge && i < config->n_providers; i++)
		check_certificate(&config->providers[i], group, judge, &problems);
	if (r == 0 && problems.n_errors > 0)
		r = CONFIG_E_REFUSED;
	config_problems_print(&problems, out);
	if (r < 0) {
		(void)fprintf(out, "%s: memory is short\n", file);
		return 2;
	}
	if (r > 0) {
		(void)fprintf(out, "%s: refused, %zu %s\n", file, problems.n_errors,
			      problems.n_errors == 1 ? "problem" : "problems");
		return 1;
	}
	(void)fprintf(out, "%s: good: %zu %s, %zu %s\n", file, config->n_providers,
		      config->n_providers == 1 ? "provider" : "providers", config->n_directories,
		      config->n_directories == 1 ? "directory" : "directories");
	return 0;
}
