/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_IDPCTL_DOCTOR_H
#define IDP_IDPCTL_DOCTOR_H

/*
 * What can be seen on this host without asking the agent. Each check reads files under a root
 * folder, and says what it found in words, with the remedy, as rows of the kind "finding". Nothing
 * is ever changed, run or looked up through NSS.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/macro.h"
#include "common/wire.h"

struct config_list;
struct rows;

struct doctor {
	const char *root; /* "/" or the tree to examine */
	int root_fd;
	bool live;     /* the tree is the running system */
	uid_t trusted; /* as good as root here: the owner of the tree */
	uint32_t first_id;
	uint32_t last_id; /* the range of ours, from idp.conf */
	bool wants_keys;  /* a directory tells keys for ssh, from idp.conf */
	struct rows *rows;
	size_t n_errors;
	int error; /* -ENOMEM once memory was short */
};

#define DOCTOR_NULL ((struct doctor){ .root_fd = -1 })

/* root "/" is the running system. -errno when root cannot be opened. */
int doctor_open(struct doctor *doctor, const char *root, struct rows *rows) _must_check_;
void doctor_close(struct doctor *doctor);
/* Every check there is. -ENOMEM. */
int doctor_run(struct doctor *doctor) _must_check_;

/* ---- for the checks ---- */

/* remedy "" for what is fine. */
void doctor_find(struct doctor *doctor, enum wire_finding level, const char *topic,
		 const char *remedy, const char *format, ...) _printf_(5, 6);
/* path is absolute within the tree; links cannot lead out of it. -errno. */
int doctor_stat(struct doctor *doctor, const char *path, struct stat *ret_stat) _must_check_;
/* The whole file and a NUL, at most DOCTOR_FILE_MAX bytes; the caller frees. -errno. */
int doctor_read(struct doctor *doctor, const char *path, char **ret_text) _must_check_;
/* The id of a name in the tree's /etc/passwd or /etc/group: 0, or -ENOENT. */
int doctor_lookup(struct doctor *doctor, const char *file, const char *name,
		  uint32_t *ret_id) _must_check_;
/* A number from the tree's /etc/login.defs: 0, or -ENOENT. */
int doctor_login_defs(struct doctor *doctor, const char *key, uint64_t *ret_number) _must_check_;
/* Cuts off and returns the next line of *text, without blanks around it; NULL at the end. */
char *doctor_line(char **text);
/* The same for words; NULL when there is none left. A "[...]" is one word. */
char *doctor_word(char **line);

#define DOCTOR_FILE_MAX ((size_t)16 * 1024 * 1024)

void doctor_check_config(struct doctor *doctor);
/* Of doctor_check_config(): users who need no platform. */
void doctor_check_break_glass(struct doctor *doctor, const struct config_list *names);
void doctor_check_nsswitch(struct doctor *doctor);
void doctor_check_pam(struct doctor *doctor);
void doctor_check_sshd(struct doctor *doctor);
void doctor_check_files(struct doctor *doctor);
void doctor_check_ids(struct doctor *doctor);
void doctor_check_units(struct doctor *doctor);
void doctor_check_login(struct doctor *doctor);
void doctor_check_clock(struct doctor *doctor);

#endif
