# SPDX-License-Identifier: LGPL-2.1-or-later
SYSTEMD_UNITS_IN = %D%/idp-agentd.service %D%/idp-netd.service %D%/idp-keyd.service \
	%D%/idp-verifyd.service %D%/idp-userdbd.service
SYSTEMD_UNITS = %D%/idp-agentd.socket %D%/idp-agentd-control.socket %D%/idp-netd.socket \
	%D%/idp-keyd.socket %D%/idp-verifyd.socket

EXTRA_DIST += $(SYSTEMD_UNITS) %D%/idp-agentd.service.in %D%/idp-netd.service.in \
	%D%/idp-keyd.service.in %D%/idp-verifyd.service.in %D%/idp-userdbd.service.in \
	%D%/idp.sysusers %D%/idp.tmpfiles
CLEANFILES += $(SYSTEMD_UNITS_IN) %D%/idp.conf
nodist_systemdsystemunit_DATA = $(SYSTEMD_UNITS_IN)
dist_systemdsystemunit_DATA = $(SYSTEMD_UNITS)

# The one thing a unit must be told: where the programs are.
%D%/idp-agentd.service: %D%/idp-agentd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SED) 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		$(srcdir)/%D%/idp-agentd.service.in >$@
%D%/idp-netd.service: %D%/idp-netd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SED) 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		$(srcdir)/%D%/idp-netd.service.in >$@
%D%/idp-keyd.service: %D%/idp-keyd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SED) 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		$(srcdir)/%D%/idp-keyd.service.in >$@
%D%/idp-verifyd.service: %D%/idp-verifyd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SED) 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		$(srcdir)/%D%/idp-verifyd.service.in >$@
%D%/idp-userdbd.service: %D%/idp-userdbd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && $(SED) 's|@pkglibexecdir[@]|$(pkglibexecdir)|g' \
		$(srcdir)/%D%/idp-userdbd.service.in >$@

# Both are named idp.conf where they go.
INSTALL_DATA_HOOKS += install-systemd-conf
UNINSTALL_HOOKS += uninstall-systemd-conf
install-systemd-conf:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) '$(srcdir)/%D%/idp.sysusers' '$(DESTDIR)$(sysusersdir)/idp.conf'
	$(INSTALL_DATA) '$(srcdir)/%D%/idp.tmpfiles' '$(DESTDIR)$(tmpfilesdir)/idp.conf'
uninstall-systemd-conf:
	rm -f '$(DESTDIR)$(sysusersdir)/idp.conf' '$(DESTDIR)$(tmpfilesdir)/idp.conf'
