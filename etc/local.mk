# SPDX-License-Identifier: LGPL-2.1-or-later
# The profile of pam-auth-update(8), and stacks to copy from.
pamconfigsdir = $(datadir)/pam-configs
dist_pamconfigs_DATA = %D%/pam-configs/idp
pamexamplesdir = $(docdir)/examples/pam.d
dist_pamexamples_DATA = \
	%D%/pam.d/login.example \
	%D%/pam.d/sshd.example \
	%D%/pam.d/su.example \
	%D%/pam.d/sudo.example
