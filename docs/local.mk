# SPDX-License-Identifier: LGPL-2.1-or-later
EXTRA_DIST += README.md HACKING.md SECURITY.md NEWS docs/architecture.md docs/performance.md docs/rfcs.md docs/tokens.md docs/platforms.md docs/pdnd.md docs/nginx.md

# Drawn by bench/all.sh, which may draw others next time.
dist-hook: dist-plots
.PHONY: dist-plots
dist-plots:
	$(MKDIR_P) "$(distdir)/docs" && cp -p $(srcdir)/docs/bench-*.svg "$(distdir)/docs/"
