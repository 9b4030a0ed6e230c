/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idpctl/doctor.h"

/* The units that must start by themselves, the console, and the clock tokens are judged by. */

#include <stdio.h>
#include <sys/timex.h>

#include "common/clock.h"

/* 2024-01-01: a clock before that has never been set. */
#define CLOCK_FLOOR (UINT64_C(1704067200) * USEC_PER_SEC)

static bool unit_exists(struct doctor *doctor, const char *unit)
{
	static const char *const folders[] = { "/etc/systemd/system", "/usr/lib/systemd/system",
					       "/lib/systemd/system" };
	struct stat st;
	char path[256];

	for (size_t i = 0; i < ELEMENTSOF(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		if (doctor_stat(doctor, path, &st) == 0)
			return true;
	}
	return false;
}

static bool unit_wanted(struct doctor *doctor, const char *unit)
{
	static const char *const targets[] = { "sockets.target.wants", "multi-user.target.wants",
					       "nss-user-lookup.target.wants",
					       "sysinit.target.wants", "basic.target.wants" };
	struct stat st;
	char path[256];

	for (size_t i = 0; i < ELEMENTSOF(targets); i++) {
		(void)snprintf(path, sizeof(path), "/etc/systemd/system/%s/%s", targets[i], unit);
		if (doctor_stat(doctor, path, &st) == 0)
			return true;
	}
	return false;
}

static void check_unit(struct doctor *doctor, const char *unit)
{
	char remedy[128];

	(void)snprintf(remedy, sizeof(remedy), "systemctl enable --now %s", unit);
	if (!unit_exists(doctor, unit))
		doctor_find(doctor, WIRE_FINDING_ERROR, "units",
			    "install it, from the package idp-agent", "%s is not installed.", unit);
	else if (!unit_wanted(doctor, unit))
		doctor_find(doctor, WIRE_FINDING_ERROR, "units", remedy,
			    "%s is not enabled: it does not start with the host.", unit);
	else
		doctor_find(doctor, WIRE_FINDING_OK, "units", "", "%s is enabled.", unit);
}

void doctor_check_units(struct doctor *doctor)
{
	check_unit(doctor, "idp-agentd.socket");
	check_unit(doctor, "idp-agentd-control.socket");
	check_unit(doctor, "idp-agentd.service");
	check_unit(doctor, "idp-netd.socket");
}

/* login(1) gives up after LOGIN_TIMEOUT, wherever the sign-in is then. */
void doctor_check_login(struct doctor *doctor)
{
	uint64_t seconds = 60;
	struct stat st;

	if (doctor_stat(doctor, "/etc/pam.d/login", &st) < 0)
		return;
	IGNORE(doctor_login_defs(doctor, "LOGIN_TIMEOUT",
				 &seconds)); /* then it is login's default */
	if (seconds != 0 && seconds < 300)
		doctor_find(
			doctor, WIRE_FINDING_NOTE, "login",
			"in /etc/login.defs, write: LOGIN_TIMEOUT 600",
			"LOGIN_TIMEOUT is %llu s: that is all the time there is on the console to "
			"open the address and enter the code.",
			(unsigned long long)seconds);
}

void doctor_check_clock(struct doctor *doctor)
{
	struct timex timex = { .modes = 0 };

	if (!doctor->live)
		return;
	if (clock_real() < CLOCK_FLOOR)
		doctor_find(doctor, WIRE_FINDING_ERROR, "clock", "timedatectl set-ntp true",
			    "the clock of this host is years behind: no token can be judged.");
	else if (adjtimex(&timex) == TIME_ERROR || (timex.status & STA_UNSYNC))
		doctor_find(doctor, WIRE_FINDING_NOTE, "clock", "timedatectl set-ntp true",
			    "nothing keeps the clock of this host right.");
	else
		doctor_find(doctor, WIRE_FINDING_OK, "clock", "", "the clock is kept right.");
}
