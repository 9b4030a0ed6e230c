# SPDX-License-Identifier: LGPL-2.1-or-later
# The running authority: everything of idp-agentd that is neither rules.mk nor record.mk.
dist_man_MANS += man/idp-wire.7
