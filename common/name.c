/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The validator of everything that may stand in a passwd or group entry.
 *
 * MUST
 * 1. Nothing that a colon file, a shell or a terminal gives a meaning passes: no ':', newline,
 *    control byte, slash in a name (GHSA-x259-23ph-65m5).
 * 2. No name and no id of the system is ever ours, whatever a platform says
 *    (CVE-2026-34397, GHSA-6gp8-pp9v-gx45, CVE-2020-8903).
 * 3. No empty home, no home "/" (CVE-2019-3811).
 */

#include "common/name.h"

#include <string.h>

#include "common/limits.h"
#include "common/utf8.h"

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Which bytes may stand behind the first one of a name; a table, because lookups wait for it. */
#define BYTE_USER  1
#define BYTE_GROUP 2
#define BYTE_BOTH  (BYTE_USER | BYTE_GROUP)
static const uint8_t name_bytes[256] = {
	['a' ... 'z'] = BYTE_BOTH, ['0' ... '9'] = BYTE_BOTH, ['A' ... 'Z'] = BYTE_GROUP,
	['.'] = BYTE_BOTH,         ['_'] = BYTE_BOTH,         ['-'] = BYTE_BOTH,
};

/* Bytes of its kind, and one '@' after the first; most names have none. */
static bool is_name(const char *name, size_t len, uint8_t kind)
{
	uint8_t common = kind;
	size_t n_at = 0;

	if (len == 0 ||
	    !(is_lower(name[0]) || name[0] == '_' || (kind == BYTE_GROUP && is_upper(name[0]))))
		return false;
	for (size_t i = 1; i < len; i++)
		common &= name_bytes[(uint8_t)name[i]];
	if (!common) {
		for (size_t i = 1; i < len; i++) {
			if (name[i] == '@')
				n_at++;
			else if (!(name_bytes[(uint8_t)name[i]] & kind))
				return false;
		}
	}
	return n_at <= 1 && name[len - 1] != '@' && name[len - 1] != '.';
}

bool name_is_user(const char *name, size_t len)
{
	return len <= NAME_LEN_MAX && is_name(name, len, BYTE_USER);
}

bool name_is_group(const char *name, size_t len)
{
	return len <= GROUP_NAME_LEN_MAX && is_name(name, len, BYTE_GROUP);
}

/* The length of the sequence at text, or 0 when it is not one printable code point. */
static size_t printable_step(const char *text, size_t left)
{
	uint32_t code = 0;
	size_t len;

	if ((uint8_t)*text < 0x80)
		return *text >= 0x20 && *text != 0x7f ? 1 : 0;
	len = utf8_decode(text, left, &code);
	/* C1 controls move cursors too; bidirectional controls make a name look like another. */
	if (len == 0 || code < 0xa0 || (code >= 0x202a && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069))
		return 0;
	return len;
}

bool name_is_gecos(const char *text, size_t len)
{
	if (len > GECOS_LEN_MAX)
		return false;
	while (len > 0) {
		size_t step = *text == ':' ? 0 : printable_step(text, len);

		if (step == 0)
			return false;
		text += step;
		len -= step;
	}
	return true;
}

/* One path component of n bytes: not empty, not "." or "..", printable, no ':'. */
static bool is_component(const char *text, size_t n)
{
	if (n == 0 || (n == 1 && text[0] == '.') || (n == 2 && text[0] == '.' && text[1] == '.'))
		return false;
	return name_is_gecos(text, n);
}

bool name_is_path(const char *path, size_t len)
{
	if (len < 2 || len > PATH_LEN_MAX || path[0] != '/')
		return false;
	for (size_t at = 1; at <= len;) {
		const char *slash = memchr(path + at, '/', len - at);
		size_t n = slash ? (size_t)(slash - path) - at : len - at;

		if (!is_component(path + at, n))
			return false;
		at += n + 1;
	}
	return true;
}

/*
 * The names of the system by length, then alphabet: every lookup of every process passes here, and
 * so it compares with two or three of them. The files on the host are asked as well; these hold
 * without them.
 */
#define IS(text) (memcmp(name, text, STRLEN(text)) == 0)

bool name_is_reserved_user(const char *name)
{
	switch (strlen(name)) {
	case 2:
		return IS("lp");
	case 3:
		return IS("bin") || IS("irc") || IS("man") || IS("sys");
	case 4:
		return IS("_apt") || IS("halt") || IS("list") || IS("mail") || IS("news") ||
		       IS("root") || IS("sshd") || IS("sync") || IS("toor") || IS("uucp");
	case 5:
		return IS("games") || IS("gnats") || IS("proxy");
	case 6:
		return IS("backup") || IS("daemon") || IS("nobody");
	case 8:
		return IS("idp-keys") || IS("idp-netd") || IS("operator") || IS("postgres") ||
		       IS("shutdown") || IS("www-data");
	case 9:
		return IS("_idp-netd");
	case 10:
		return IS("idp-agentd") || IS("messagebus");
	case 11:
		return IS("_idp-agentd");
	case 15:
		return IS("systemd-network") || IS("systemd-resolve");
	case 16:
		return IS("systemd-coredump") || IS("systemd-timesync");
	}
	return false;
}

bool name_is_reserved_group(const char *name)
{
	switch (strlen(name)) {
	case 2:
		return IS("lp");
	case 3:
		return IS("adm") || IS("bin") || IS("dip") || IS("fax") || IS("irc") || IS("kvm") ||
		       IS("lxd") || IS("man") || IS("sgx") || IS("src") || IS("ssh") || IS("sys") ||
		       IS("tty");
	case 4:
		return IS("_ssh") || IS("disk") || IS("kmem") || IS("list") || IS("mail") ||
		       IS("news") || IS("root") || IS("sasl") || IS("sudo") || IS("tape") ||
		       IS("utmp") || IS("uucp");
	case 5:
		return IS("admin") || IS("audio") || IS("cdrom") || IS("games") || IS("gnats") ||
		       IS("incus") || IS("input") || IS("proxy") || IS("staff") || IS("users") ||
		       IS("video") || IS("voice") || IS("wheel");
	case 6:
		return IS("backup") || IS("daemon") || IS("docker") || IS("floppy") ||
		       IS("netdev") || IS("nobody") || IS("render") || IS("shadow");
	case 7:
		return IS("crontab") || IS("dialout") || IS("libvirt") || IS("nogroup") ||
		       IS("plugdev");
	case 8:
		return IS("idp-keys") || IS("idp-netd") || IS("operator") || IS("www-data");
	case 9:
		return IS("idp-admin");
	case 10:
		return IS("idp-agentd") || IS("messagebus");
	case 11:
		return IS("incus-admin");
	case 15:
		return IS("systemd-journal") || IS("systemd-network") || IS("systemd-resolve");
	case 16:
		return IS("systemd-timesync");
	}
	return false;
}

#undef IS

bool name_is_reserved_low_id(uint32_t id)
{
	return id < 1000 ||                    /* the system */
	       (id >= 60001 && id <= 60577) || /* systemd-homed and its mapped ids */
	       (id >= 61184 && id <= 65519) || /* DynamicUser= */
	       id == 65534 || id == 65535 ||   /* nobody; (uint16_t)-1 */
	       id >= 524288;                   /* containers */
}

bool name_is_placeholder(uint32_t uid, uint32_t gid, const char *home, const char *shell)
{
	return uid == gid && !name_is_reserved_id(uid) &&
	       strcmp(home, NAME_PLACEHOLDER_HOME) == 0 &&
	       strcmp(shell, NAME_PLACEHOLDER_SHELL) == 0;
}
