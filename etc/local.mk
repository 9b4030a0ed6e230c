# SPDX-License-Identifier: LGPL-2.1-or-later
# Profiles of pam-auth-update(8), and stacks to copy from. The one for passwords stands behind
# pam_unix, whose line would else expect a password somebody before it had asked for.
pamconfigsdir = $(datadir)/pam-configs
dist_pamconfigs_DATA = %D%/pam-configs/idp %D%/pam-configs/idp-password
examplesdir = $(docdir)/examples
dist_examples_DATA = %D%/nginx.example %D%/sshd_config.example
# A whole configuration for each kind of platform: tests/module/test-examples runs them.
platformexamplesdir = $(docdir)/examples
dist_platformexamples_DATA = \
	%D%/examples/generic.conf \
	%D%/examples/infn.conf \
	%D%/examples/keycloak.conf \
	%D%/examples/opencity.conf \
	%D%/examples/pdnd.conf \
	%D%/examples/prenly.conf \
	%D%/examples/ptc.conf \
	%D%/examples/spid.conf
pamexamplesdir = $(docdir)/examples/pam.d
dist_pamexamples_DATA = \
	%D%/pam.d/login.example \
	%D%/pam.d/sshd.example \
	%D%/pam.d/su.example \
	%D%/pam.d/sudo.example
