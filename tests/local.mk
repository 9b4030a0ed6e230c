# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests, the bed and the demo need beside the programs goes into a release as it stands in
# the tree; what npm downloaded does not.
DIST_TREES = .ci debian tests/bed tests/check tests/demo tests/idp tests/packages tests/session-mutants tests/system

dist-hook:
	tar -C $(srcdir) --exclude=node_modules -cf - $(DIST_TREES) | tar -C $(distdir) -xf -
	chmod -R u+w $(distdir)
