/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data set as the peers want it: colon files, libnss-cache's indexes, LDIF. */
#include <stdlib.h>
#include <string.h>

#include "bench/nss-data.h"

#define BASE "dc=idp,dc=test"

static FILE *create(const char *dir, const char *name)
{
	char path[512];
	FILE *f;

	IGNORE(snprintf(path, sizeof(path), "%s/%s", dir, name) < 0);
	f = fopen(path, "we");
	if (!f)
		die(path);
	return f;
}

static void done(FILE *f)
{
	if (fclose(f) != 0)
		die("close");
}

static void write_passwd(const struct data *data, FILE *f)
{
	struct data_person p;

	for (uint32_t i = 0; i < data->n_users; i++) {
		data_person(data, i, &p);
		print(f, "%s:*:%u:%u:%s:%s:%s\n", p.name, p.uid, p.gid, p.gecos, p.home, p.shell);
	}
}

static void write_group(const struct data *data, FILE *f, uint32_t *members)
{
	struct data_group group;
	char name[16];

	for (uint32_t g = 0; g < data->n_groups; g++) {
		data_group(data, g, &group, members);
		print(f, "%s:*:%u:", group.name, group.gid);
		for (uint32_t i = 0; i < group.n_members; i++) {
			data_user_name(members[i], name);
			print(f, "%s%s", i ? "," : "", name);
		}
		print(f, "\n");
	}
}

/*
 * One index of libnss-cache: "key NUL offset NUL", filled up with NULs to one length, sorted by
 * key. Our files are sorted by name and by id (all of ten digits) already.
 */
static void write_index(const char *dir, const char *file, const char *index, bool by_id)
{
	char path[512], line[1u << 18], key[32], offset[16];
	long at = 0;
	FILE *in, *out = create(dir, index);

	IGNORE(snprintf(path, sizeof(path), "%s/%s", dir, file) < 0);
	in = fopen(path, "re");
	if (!in)
		die(path);
	while (fgets(line, sizeof(line), in)) {
		const char *colon = strchr(line, ':');
		const char *id = colon ? strchr(colon + 1, ':') : NULL;
		const int len =
			id ? (int)(by_id ? strcspn(id + 1, ":") : (size_t)(colon - line)) : 0;
		int n;

		IGNORE(snprintf(key, sizeof(key), "%.*s", len, by_id && id ? id + 1 : line) < 0);
		IGNORE(snprintf(offset, sizeof(offset), "%ld", at) < 0);
		print(out, "%s%c%s%c", key, 0, offset, 0);
		for (n = (int)(strlen(key) + strlen(offset)); n < 24; n++)
			print(out, "%c", 0);
		print(out, "\n");
		at += (long)strlen(line);
	}
	done(in);
	done(out);
}

static void write_people_ldif(const struct data *data, FILE *f)
{
	struct data_person p;

	for (uint32_t i = 0; i < data->n_users; i++) {
		data_person(data, i, &p);
		print(f, "dn: uid=%s,ou=people," BASE "\nobjectClass: account\n", p.name);
		print(f, "objectClass: posixAccount\nuid: %s\ncn: %s\ngecos: %s\n", p.name, p.gecos,
		      p.gecos);
		print(f, "uidNumber: %u\ngidNumber: %u\nhomeDirectory: %s\nloginShell: %s\n\n",
		      p.uid, p.gid, p.home, p.shell);
	}
}

static void write_groups_ldif(const struct data *data, FILE *f, uint32_t *members)
{
	struct data_group group;
	char name[16];

	for (uint32_t g = 0; g < data->n_groups; g++) {
		data_group(data, g, &group, members);
		print(f, "dn: cn=%s,ou=groups," BASE "\nobjectClass: posixGroup\n", group.name);
		print(f, "cn: %s\ngidNumber: %u\n", group.name, group.gid);
		for (uint32_t i = 0; i < group.n_members; i++) {
			data_user_name(members[i], name);
			print(f, "memberUid: %s\n", name);
		}
		print(f, "\n");
	}
}

static void write_ldif(const struct data *data, FILE *f, uint32_t *members)
{
	print(f, "dn: " BASE
		 "\nobjectClass: dcObject\nobjectClass: organization\no: idp\ndc: idp\n\n");
	print(f, "dn: ou=people," BASE "\nobjectClass: organizationalUnit\nou: people\n\n");
	print(f, "dn: ou=groups," BASE "\nobjectClass: organizationalUnit\nou: groups\n\n");
	write_people_ldif(data, f);
	write_groups_ldif(data, f, members);
}

void data_write_files(const struct data *data, const char *dir, bool ldif)
{
	static const char *const passwd[] = { "passwd", "passwd.cache" };
	static const char *const group[] = { "group", "group.cache" };
	_cleanup_free_ uint32_t *members = calloc(data_members_max(data), sizeof(*members));
	FILE *f;

	if (!members)
		die("memory");
	for (size_t i = 0; i < ELEMENTSOF(passwd); i++) {
		f = create(dir, passwd[i]);
		write_passwd(data, f);
		done(f);
		f = create(dir, group[i]);
		write_group(data, f, members);
		done(f);
	}
	write_index(dir, "passwd.cache", "passwd.cache.ixname", false);
	write_index(dir, "passwd.cache", "passwd.cache.ixuid", true);
	write_index(dir, "group.cache", "group.cache.ixname", false);
	write_index(dir, "group.cache", "group.cache.ixgid", true);
	if (!ldif)
		return;
	f = create(dir, "users.ldif");
	write_ldif(data, f, members);
	done(f);
}
