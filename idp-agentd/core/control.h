/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_CORE_CONTROL_H
#define IDP_CORE_CONTROL_H

/*
 * Answers idpctl. Who may ask is decided by the permissions of control.sock; what chooses between
 * policies is for root alone. The rows and their fields are listed in idp-wire(7).
 */

#include <stdint.h>

#include "common/macro.h"
#include "common/wire.h"
#include "idp-agentd/core/policy-load.h"

struct authority;
struct conn;
struct desk;
struct control;
struct lookup;
struct passes;
struct peer;
struct policy;
struct publishing;
struct sd_event;
struct server;
struct signins;
struct wallets;

struct control_parts {
	struct sd_event *event;
	struct authority *authority;
	struct peer *peer;
	struct desk *desk;
	struct minter *minter;
	struct server *server;
	struct lookup *lookup;
	struct signins *signins;
	struct wallets *wallets;
	struct passes *passes;
	struct publishing *publishing;
	struct policy *policy;
	const char *config_path;
	uint64_t started; /* seconds since 1970 */
	/* Loads the configuration anew, each problem told. 0, or what policy_reload() says. */
	int (*reload)(void *userdata, struct policy_listener listener,
		      char reason[static REASON_MAX]);
	void *userdata;
};

int control_new(const struct control_parts *parts, struct control **ret_control) _must_check_;
/* All connections must be gone before. */
struct control *control_free(struct control *control);
DEFINE_CLEANUP(struct control *, control_free);

/* A request of class CTL. Negative: the client broke the rules. */
int control_request(struct control *control, struct conn *conn, struct wire_in *in) _must_check_;

#endif
